"""What was asked, planned, painted and set -> the poster's receipt, with notes on what differs."""
