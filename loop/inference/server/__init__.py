"""What the engine behind an OpenAI-compatible server is made of: who is asked, how, and what comes back."""
