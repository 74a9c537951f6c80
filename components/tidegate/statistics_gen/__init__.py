"""StatisticsGen: statistics of examples as TFDV has them."""
