"""Keeping processes: start them in stages, restart what dies, leave nothing behind.

errors      what goes wrong, one tree
program     what one process is: command, environment, how it says that it is ready
keeper      a program over its lives: when it died, when to start it again
child       one running process, with everything it started
identity    as whom a process runs
process     what /proc says about processes, and the proof that one is ours
roster      run.json: what this run has started, so that the next one can clear it away
lock        one `up` a home
interrupts  the signals that ask for the end
log         a process's log file, bounded in size
supervisor  the loop over all of them
"""
