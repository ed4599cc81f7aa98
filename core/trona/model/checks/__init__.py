"""What is refused or warned of once a model is composed."""
