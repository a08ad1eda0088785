"""What the simulator costs, as ratios within one run on one machine: see README.md."""
