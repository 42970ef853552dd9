"""A fake OpenAI-compatible provider, a real HTTP server: `python -m benchmarks.upstream`.

server    start it as a process, ask it what it was asked, stop it
__main__  the process: arguments, socket, uvicorn
app       the ASGI application: paths
exchange  one request and the answer being sent
behaviors what each model name does
good      answers as they should be, also slow, truncated, refused
broken    garbage, silence, cut answers, error statuses
pace      how fast it answers
answers   the texts, completions, chunks and vectors (pure)
calls     what was asked so far, and what is open now
"""
