"""How envelopes leave."""
