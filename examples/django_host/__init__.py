"""A Django application that was there before relcore: clients, deals and tickets of several organisations."""
