"""Mails as strangers write them: read in a process apart, with limits, into a few plain facts."""
