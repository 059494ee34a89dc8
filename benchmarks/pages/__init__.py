"""What pages cost in a large business beside a small one, beside signing in alone, and beside a chat."""
