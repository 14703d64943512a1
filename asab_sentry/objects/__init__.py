"""Objects of others: looked at without harm, whatever they are."""
