"""What `up` prints once requests are answered: the address, the key, two examples to paste."""

from pathlib import Path

BANNER = """
Semcache answers on {base_url}

  base URL   {base_url}/v1
  key        {key}   (kept in {key_file})
  model      {model}

  curl {base_url}/v1/chat/completions \\
    -H 'Authorization: Bearer {key}' \\
    -H 'Content-Type: application/json' \\
    -i -d '{{"model": "{model}",
            "messages": [{{"role": "user", "content": "Why is the sky blue?"}}]}}'

  from openai import OpenAI

  client = OpenAI(base_url="{base_url}/v1", api_key="{key}")
  answer = client.chat.completions.create(
      model="{model}",
      messages=[{{"role": "user", "content": "Why is the sky blue?"}}],
  )
  print(answer.choices[0].message.content)

  Ask twice: the second answer comes from the cache and says so in its x-semcache-* headers.
  admin      {base_url}/admin/
  dashboard  {base_url}/dashboard/ (to come)
  logs       {logs}

Ctrl-C stops everything.
"""


def text(*, base_url: str, key_file: Path, logs: Path, model: str) -> str:
    """Return the banner; a key that cannot be read is named, not shown."""
    try:
        key = key_file.read_text(encoding="utf-8").strip()
    except OSError:
        key = "YOUR_KEY"
    return BANNER.format(base_url=base_url, key=key, key_file=key_file, logs=logs, model=model)
