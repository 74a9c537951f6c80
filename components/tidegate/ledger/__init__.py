"""The ledger of pushed models: who pushed what, and which one is the champion."""
