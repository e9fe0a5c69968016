"""What a drug does to a curve: growth and death rates, shapes, and classes in words."""
