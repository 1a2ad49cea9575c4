// What the page does in the browser, in one namespace; components/javascript.py makes the calls.
// What the server knows comes as JSON arguments; values that an event carries come last. The page's
// own listeners are on the document, once, since gradio draws the figures anew at each answer.

window.playground = (() => {
  const tabOfAddress = () => {
    const asked = new URLSearchParams(location.search);
    return asked.get('task') || asked.get('lab') || asked.get('view');
  };

  // Read before gradio selects its first tab, which would overwrite the address.
  let linkedTab = tabOfAddress();
  const linkedAtStart = [linkedTab, new URLSearchParams(location.search).get('model')];
  const tabOfGroup = {}; // gradio tells of a group's tab only when another one is selected in it
  const timers = {};

  // The address names the open tab, so that the browser's Back goes to the one before.
  const tabOpened = (group, kind, tab, title, ...values) => {
    tabOfGroup[group] = [kind, tab, title];
    if (!linkedTab || linkedTab === tab) {
      const address = `?${kind}=${tab}`, replaces = linkedTab || !location.search;
      if (location.search !== address) {
        history[replaces ? 'replaceState' : 'pushState'](null, '', address);
      }
      linkedTab = null;
      document.title = title;
    }
    return values;
  };

  const groupOpened = group => {
    if (tabOfGroup[group]) tabOpened(group, ...tabOfGroup[group]);
  };

  // Opens the tab that the link names, with its model, which is none of its box's choices when it
  // was trained in a lab. In the browser alone: an update of tabs that comes from the server makes
  // gradio copy the state of all that stands in them at each later event, 0.1 s on this page.
  const followLink = (groupOfTab, groups, pickers) => {
    const [tab, model] = linkedAtStart, same = {__type__: 'update'};
    if (!groupOfTab[tab]) linkedTab = null;
    window.onpopstate = () => {
      linkedTab = tabOfAddress();
      for (const id of [`group-${groupOfTab[linkedTab]}`, `tab-${linkedTab}`]) {
        document.getElementById(`${id}-button`)?.click();
      }
    };
    const picked = choices => ({...same, choices: [...choices, [model, model]], value: model});
    return [
      groupOfTab[tab] ? {...same, selected: groupOfTab[tab]} : same,
      ...groups.map(group => group === groupOfTab[tab] ? {...same, selected: tab} : same),
      ...Object.entries(pickers).map(
        ([name, choices]) => model && name === tab ? picked(choices) : same),
    ];
  };

  // Clicks a (hidden) button once nothing was typed for so long.
  const clickAfterPause = (buttonClass, milliseconds) => {
    clearTimeout(timers[buttonClass]);
    timers[buttonClass] = setTimeout(
      () => document.querySelector(`.${buttonClass}`).click(), milliseconds);
  };

  // What a chat shows of the visitor's words is escaped Markdown: the same as `typed` in
  // components/results/conversation.py.
  const typed = markdown => markdown.replace(
    /\\([!-/:-@[-`{-~])|(&#160;|&#8195;)/g,
    (_, mark, space) => mark || (space === '&#160;' ? ' ' : '\t'));

  // A chat's question leaves its box when it stands in the conversation; anything else in the box
  // is the next question, being typed already.
  const emptyWhenAsked = (box, turns) => {
    const asked = (turns || []).filter(turn => turn.role === 'user').at(-1);
    const parts = asked ? [asked.content].flat() : [];
    const shown = parts.map(part => typeof part === 'string' ? part : part.text || '').join('');
    return typed(shown) === box ? '' : box;
  };

  // The value of the box being typed in: the event's own is that of an earlier key when the event
  // was held back meanwhile.
  const typedNow = () => document.activeElement.value;
  const selectTyped = () => document.activeElement.select();

  // The event's values but for the last, and whether the visitor confirmed.
  const confirmed = (question, ...values) => [...values.slice(0, -1), confirm(question)];

  const play = button => {
    const audio = button.closest('.transcript').querySelector('audio');
    audio.currentTime = Number(button.dataset.start);
    audio.play();
  };

  // Saving a figure. A drawing that stands alone (SVG) is saved as it is. What is made of the page's
  // own boxes and bars is saved as a PNG of how it looks: copied with its styles into an SVG, painted
  // on a canvas. Nothing leaves the browser.
  const copyStyles = (from, to) => {
    const styles = getComputedStyle(from);
    for (const name of styles) to.style.setProperty(name, styles.getPropertyValue(name));
    [...from.children].forEach((child, index) => copyStyles(child, to.children[index]));
  };

  const xml = node => new XMLSerializer().serializeToString(node);

  const paint = async shown => {
    const width = shown.scrollWidth + 16, height = shown.scrollHeight + 16;
    const copy = shown.cloneNode(true);
    copyStyles(shown, copy);
    Object.assign(copy.style, {margin: '8px', overflow: 'visible', width: `${width - 16}px`});
    const picture = new Image(), canvas = document.createElement('canvas');
    picture.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<foreignObject width="100%" height="100%">${xml(copy)}</foreignObject></svg>`);
    await picture.decode();
    [canvas.width, canvas.height] = [2 * width, 2 * height];
    const context = canvas.getContext('2d');
    context.fillStyle =
      getComputedStyle(document.body).getPropertyValue('--body-background-fill');
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise(done => canvas.toBlob(done, 'image/png'));
  };

  const save = async button => {
    const shown = button.closest('figure').querySelector('.lab-picture');
    const drawing = shown.querySelector('svg'), link = document.createElement('a');
    const blob = button.dataset.save.endsWith('.svg')
      ? new Blob([xml(drawing)], {type: 'image/svg+xml'})
      : await paint(shown);
    link.href = URL.createObjectURL(blob);
    link.download = button.dataset.save;
    link.click();
  };

  document.addEventListener('click', event => {
    const player = event.target.closest('.transcript button[data-start]');
    if (player) play(player);
    const saver = event.target.closest('button[data-save]');
    if (saver) save(saver);
  });

  return {
    tabOpened, groupOpened, followLink, clickAfterPause, emptyWhenAsked, typedNow, selectTyped,
    confirmed,
  };
})();
