"""What readers that share no code with us see in our films: the judges, and a way to ask each of them from a test."""
