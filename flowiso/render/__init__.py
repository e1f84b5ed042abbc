"""What a person reads on a screen or on paper: flowcharts and reports as text."""
