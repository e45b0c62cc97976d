# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Opens pages in headless Chromium in windows of several widths, and fails when one of them is wider than its window. The pages lie in frames of one test
page, whose script measures them. A page whose boxes do not scroll is among them, which has to be found too wide.

    browser_check.py FOLDER PAGE...
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys

WIDTHS = (375, 1440)
SCRIPT = """
addEventListener('load', () => {
  const found = [];
  for (const frame of document.querySelectorAll('iframe')) {
    const inside = frame.contentDocument, root = inside.documentElement;
    const pictures = [...inside.querySelectorAll('svg')].map(picture => picture.getBoundingClientRect());
    const outside = [...inside.querySelectorAll('body *')].filter(part => !part.closest('.wide, svg') && part.getBoundingClientRect().right > root.clientWidth + 0.5);
    const texts = [...inside.querySelectorAll('svg text')].filter(text => {
      const box = text.getBoundingClientRect(), around = text.closest('svg').getBoundingClientRect();
      return box.left < around.left - 0.5 || box.right > around.right + 0.5;
    });
    found.push({name: frame.title, width: root.clientWidth, scroll: root.scrollWidth, height: root.scrollHeight,
      outside: outside.map(part => part.tagName), cut: texts.map(text => text.textContent),
      pictures: pictures.length, narrowest: Math.min(...pictures.map(box => box.width)),
      scrolling: [...inside.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth).length});
  }
  document.body.innerHTML = '';
  const result = document.createElement('pre');
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
"""


def find_browser():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    raise SystemExit("browser_check.py: expects chromium to be installed, as scripts/setup does, but got none")


def frame(name, page, width):
    return f'<iframe title="{html.escape(name)}" style="border:0;width:{width}px;height:800px" srcdoc="{html.escape(page)}"></iframe>\n'


def measure(folder, frames):
    path = os.path.join(folder, "frames.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"<!DOCTYPE html><meta charset=utf-8><body>{''.join(frames)}<script>{SCRIPT}</script>")
    command = [find_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
               "--window-size=1600,1000", "--virtual-time-budget=20000", "--dump-dom", "file://" + path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    result = re.search(r"<pre>(\[.*\])</pre>", done.stdout, re.S)
    if not result:
        raise SystemExit(f"browser_check.py: expects measurements, but got exit {done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}")
    return json.loads(html.unescape(result.group(1)))


def main():
    folder, frames = os.path.abspath(sys.argv[1]), []
    os.makedirs(folder, exist_ok=True)
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            page = file.read()
        frames += [frame(os.path.basename(path), page, width) for width in WIDTHS]
    frames.append(frame("too wide", page.replace("</style>", ".wide{overflow:visible!important}</style>", 1), WIDTHS[0]))
    *found, planted = measure(folder, frames)
    if planted["scroll"] <= planted["width"] or len(found) != len(frames) - 1:
        raise SystemExit(f"browser_check.py: expects boxes that do not scroll to be found, but got {planted}")
    scrolling = 0
    for page in found:
        if page["scroll"] > page["width"] or page["outside"] or page["cut"] or page["height"] < 400 or not page["pictures"] or page["narrowest"] < 250:
            raise SystemExit(f"browser_check.py: expects a page that fits, but got {page}")
        scrolling += page["scrolling"]
    print(f"{len(found)} pages fit {', '.join(map(str, WIDTHS))} pixels, {scrolling} boxes scroll")


if __name__ == "__main__":
    main()
