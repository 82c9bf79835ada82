"""What INSTRUCTORS.md and README.md say that follows from the course itself: minutes, timetables, usual mistakes.

`asynclab build` writes these blocks between their markers, and a test compares them with what the lessons give.
"""
