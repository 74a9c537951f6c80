"""Refuses what open-source KFP would not run, before anything is submitted."""
