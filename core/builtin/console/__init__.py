"""The console: the office as pages for people, in Arabic and English. A plugin on the same hooks as everyone's."""
