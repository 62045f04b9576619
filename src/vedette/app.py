"""The only module in which the stages meet: read the settings, choose the drivers, join them."""
