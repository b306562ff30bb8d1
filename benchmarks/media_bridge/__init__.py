"""What one core carries: the bridge between the carrier's socket and the model's, measured frame by frame."""
