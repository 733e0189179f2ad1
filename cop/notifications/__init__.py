"""Being told: an inbox, what each person wants to be sent, and one calm digest a day."""
