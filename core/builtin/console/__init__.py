"""The console: pages for people, in Arabic and English, made of what plugins declare."""
