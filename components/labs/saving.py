"""The script behind every figure's Save button; one listener for the page, whatever is drawn anew.

A drawing that stands alone (SVG) is saved as it is. What is made of the page's own boxes and bars
is saved as a PNG of how it looks: copied with its styles into an SVG, painted on a canvas. Nothing
leaves the browser.
"""

SAVE = """
if (!window.labSaving) {
  window.labSaving = true;
  const style = (from, to) => {
    const looks = getComputedStyle(from);
    for (const name of looks) to.style.setProperty(name, looks.getPropertyValue(name));
    [...from.children].forEach((one, n) => style(one, to.children[n]));
  };
  const write = (blob, name) => {
    const link = document.createElement('a');
    link.href = window.URL.createObjectURL(blob);
    link.download = name;
    link.click();
  };
  const xml = node => new XMLSerializer().serializeToString(node);
  const paint = async shown => {
    const wide = shown.scrollWidth + 16, high = shown.scrollHeight + 16;
    const copy = shown.cloneNode(true);
    style(shown, copy);
    Object.assign(copy.style, {margin: '8px', overflow: 'visible', width: wide - 16 + 'px'});
    const picture = new Image(), canvas = document.createElement('canvas');
    picture.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(
      '<svg xmlns="http://www.w3.org/2000/svg" width="' + wide + '" height="' + high +
      '"><foreignObject width="100%" height="100%">' + xml(copy) + '</foreignObject></svg>');
    await picture.decode();
    [canvas.width, canvas.height] = [2 * wide, 2 * high];
    const pen = canvas.getContext('2d');
    pen.fillStyle = getComputedStyle(document.body).getPropertyValue('--body-background-fill');
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise(done => canvas.toBlob(done, 'image/png'));
  };
  document.addEventListener('click', async event => {
    const button = event.target.closest('button[data-save]');
    if (!button) return;
    const shown = button.closest('figure').querySelector('.lab-picture');
    const drawing = shown.querySelector('svg'), name = button.dataset.save;
    write(name.endsWith('.svg') ? new Blob([xml(drawing)], {type: 'image/svg+xml'})
      : await paint(shown), name);
  });
}
"""


def save_button(title: str, name: str) -> str:
    """The button of the figure it stands in; `title` is safe already, `name` a file's name."""
    return (
        f'<button type="button" class="lab-save" data-save="{name}" '
        f'aria-label="Save the picture: {title}">Save</button>'
    )
