"""What builds Tandem and is not part of it."""
