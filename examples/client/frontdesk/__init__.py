"""Every customer has a phone number: bought when they sign up, given back when they leave."""
