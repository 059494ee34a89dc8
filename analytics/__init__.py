"""What can be measured; reads only."""
