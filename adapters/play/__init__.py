"""Playing a recording: real dialogs run through the engine in virtual time, and what it makes of them is measured.

    files, lines     the recorded lines, merged by time          survey, presence   who was at work, and where
    script           what a line makes people do                 stage              agents, groups, channels
    run, moments     time                                        crew, door         the engine at work; customers
    watch, figures   the engine's events, heard and counted      closes, report     comparison and figures

Nothing is ever sent: a played tenant has no token of any provider, and lives in a lane that no delivery reads.
"""
