// What the page does in the browser, in one namespace; components/javascript.py makes the calls.
// What the server knows comes as JSON arguments; values that an event carries come last. The page's
// own listeners are on the document, once, since gradio draws the figures anew at each answer.

// A frame on another site may be denied the browser's storage, and gradio's BrowserState would end
// the page's script: there, what would be kept lasts as long as the page.
try { localStorage; } catch {
  const kept = new Map();
  Object.defineProperty(window, 'localStorage', {value: {
    getItem: name => kept.get(name) ?? null,
    setItem: (name, value) => { kept.set(name, String(value)); },
    removeItem: name => { kept.delete(name); },
    clear: () => { kept.clear(); },
    key: index => [...kept.keys()][index] ?? null,
    get length() { return kept.size; },
  }});
}

window.playground = (() => {
  // A text of the page: components/javascript.py puts the visitor's language in the call's place.
  const text = english => english;

  // Such a text with nodes in the place of its one value.
  const withNodes = (sentence, ...nodes) => {
    const [before, after] = sentence.split(/\{\w+\}/);
    return [before, ...nodes, after];
  };

  const COURSE = 'chapter-1', START = 'start';
  const aliases = {__proto__: null}; // other names of tasks in links, as ?task=ner
  const tabOfAddress = () => {
    const asked = new URLSearchParams(location.search);
    if (asked.has('course')) return COURSE;
    const tab = asked.get('task') || asked.get('lab') || asked.get('view');
    return aliases[tab] || tab;
  };

  // What a link says besides the tab: values by the names of inputs and options, each a list.
  const PLACES = ['task', 'lab', 'view', 'course', 'then', '__theme'];
  const valuesOf = query => {
    const asked = new URLSearchParams(query), values = {};
    for (const name of asked.keys()) {
      if (!PLACES.includes(name)) values[name] = asked.getAll(name);
    }
    return values;
  };

  // Read before gradio selects its first tab, which would overwrite the address.
  let linkedTab = tabOfAddress();
  const searchAtStart = location.search;
  let groupOf = {}; // of each tab
  let pending = {values: {}, runs: false}; // what is to be filled in next
  const tabOfGroup = {}; // gradio tells of a group's tab only when another one is selected in it
  const timers = {};

  // The tab that was open last, for the start page.
  const LAST = 'playground-last-tab';
  const remember = tab => {
    try { localStorage.setItem(LAST, JSON.stringify(tab)); } catch { /* it is full */ }
  };
  const offerLastTab = async () => {
    let last = null;
    try { last = JSON.parse(localStorage.getItem(LAST)); } catch { /* not what was kept */ }
    const line = last && await drawn('#start-continue');
    if (!line) return;
    const link = line.querySelector('a'), [kind, tab, title] = last;
    link.href = `?${encodeURIComponent(kind)}=${encodeURIComponent(tab)}`;
    link.textContent = title;
    line.hidden = false;
  };

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
      if (kind === 'view') {
        offerLastTab();
      } else {
        document.querySelector('#start-unknown')?.toggleAttribute('hidden', true);
        remember([kind, tab, title.split(' · ')[0]]);
        makeTab(kind, tab);
        drawn(`#tab-${CSS.escape(tab)}-button`).then(centre);
      }
    }
    return values;
  };

  // What stands in a tab is made by the server when it is first opened; a task's tab is told, too,
  // whenever it is opened again.
  const madeTabs = new Set();
  const clickHidden = async id => (await drawn(`#${CSS.escape(id)}`))?.click();
  const makeTab = async (kind, tab) => {
    if (!madeTabs.has(tab)) {
      madeTabs.add(tab);
      // A click is lost where gradio has drawn the button and does not listen yet; one that comes
      // while the tab is being made does nothing.
      for (let tries = 0; tries < 20; tries++) {
        await clickHidden(`make-${tab}`);
        if (await drawn(`#tab-${CSS.escape(tab)} h2`, 180)) break;
      }
    }
    if (kind === 'task') clickHidden(`opened-${tab}`);
  };

  // On a phone the tabs of a group are a line that is wider than the page.
  const centre = button => {
    const line = button?.parentElement;
    if (line) line.scrollLeft = button.offsetLeft - (line.clientWidth - button.offsetWidth) / 2;
  };
  addEventListener('resize', () => {
    document.querySelectorAll('.tabs .tabs [role=tab][aria-selected=true]').forEach(centre);
  });

  const groupOpened = group => {
    if (tabOfGroup[group]) tabOpened(group, ...tabOfGroup[group]);
  };

  // The element, once gradio has drawn it: it draws a tab when it is first opened.
  const drawn = async (selector, most = 600) => {
    for (let frames = 0; frames < most; frames++) {
      const found = document.querySelector(selector);
      if (found) return found;
      await new Promise(requestAnimationFrame);
    }
    return null;
  };

  // Some tabs stand in no group: their button is the group's.
  const selectTab = async tab => {
    const group = document.getElementById(`group-${groupOf[tab]}-button`);
    group?.click();
    if (group && groupOf[tab] !== tab) (await drawn(`#tab-${CSS.escape(tab)}-button`))?.click();
  };

  // Fills in the tab's inputs and options; the server says with what, and then linkFilled is called.
  const fill = async (tab, values, runs) => {
    const button = await drawn(`#link-${CSS.escape(tab)}`);
    const {show = [], ...filledIn} = values; // which figures of lab 1, and on a phone whose
    for (const one of show) (await drawn(`.lab-views input[value="${CSS.escape(one)}"]`, 60))?.click();
    pending = {values: filledIn, runs};
    button?.click();
  };
  const linkValues = () => [JSON.stringify(pending.values)];
  const linkFilled = tab => {
    if (pending.runs) document.getElementById(`run-${tab}`).click();
    pending = {values: {}, runs: false};
  };

  const showCard = async id => {
    const card = await drawn(`#card-${CSS.escape(id)}`);
    if (!card) return;
    card.closest('details').open = true;
    card.scrollIntoView({block: 'start'});
    card.focus();
  };

  // A card opens its tab, filled in; a card of the course runs it, too.
  const openCard = (link, runs) => {
    const asked = new URLSearchParams(link.search), tab = asked.get('task') || asked.get('lab');
    history.pushState(null, '', link.search);
    selectTab(linkedTab = tab);
    scrollTo(0, 0);
    if (runs) fill(tab, valuesOf(link.search), true);
  };

  // The cards of the start page that have these letters.
  const cardsWith = typed => {
    const words = typed.trim().toLowerCase(), cards = [...document.querySelectorAll('.start .card')];
    for (const card of cards) card.hidden = !card.textContent.toLowerCase().includes(words);
    for (const section of document.querySelectorAll('.start section')) {
      section.hidden = !section.querySelector('.card:not([hidden])');
    }
    const found = cards.filter(card => !card.hidden), none = document.querySelector('#start-none');
    none.querySelector('b').textContent = typed.trim();
    none.hidden = found.length > 0;
    return found;
  };

  // Of a link to what is not there the start page says so.
  const sayUnknown = async tab => {
    const line = await drawn('#start-unknown');
    line.querySelector('b').textContent = tab.slice(0, 100);
    line.hidden = false;
  };

  // Opens the tab that the link names, filled in. In the browser alone: an update of tabs that comes
  // from the server makes gradio copy the state of all that stands in them at each later event.
  const followLink = (groupOfTab, groups, otherNames, steps) => {
    groupOf = {__proto__: null, ...groupOfTab};
    stepsOfTasks = steps;
    Object.assign(aliases, otherNames);
    const tab = linkedTab = aliases[linkedTab] || linkedTab, same = {__type__: 'update'};
    if (!groupOf[tab]) linkedTab = null;
    if (tab && !groupOf[tab]) sayUnknown(tab);
    window.onpopstate = () => {
      linkedTab = tabOfAddress();
      selectTab(linkedTab);
    };
    const values = valuesOf(searchAtStart);
    if (tab === COURSE) showCard(new URLSearchParams(searchAtStart).get('course'));
    else if (groupOf[tab] && Object.keys(values).length) fill(tab, values, false);
    if (steps[tab]) chainOfAddress(tab, searchAtStart);
    return [
      groupOf[tab] ? {...same, selected: groupOf[tab]} : same,
      ...groups.map(group => group === groupOf[tab] ? {...same, selected: tab} : same),
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

  // gradio copies a message as Markdown, and a conversation as "role: Markdown" with an empty line
  // between two: what the visitor typed is copied as it was typed.
  let clicked = null;
  document.addEventListener('click', event => { clicked = event.target; }, true);
  const copied = markdown => {
    if (clicked?.closest?.('[class*="message-buttons-right"]')) return typed(markdown);
    if (!clicked?.closest?.('.block')?.querySelector('[role="log"]')) return markdown;
    return markdown.split(/\n\n(?=(?:user|assistant|system): )/)
      .map(turn => turn.startsWith('user: ') ? typed(turn) : turn).join('\n\n');
  };
  if (navigator.clipboard) {
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = markdown => write(copied(markdown));
  }
  // Where the browser has no clipboard for pages, gradio copies out of a box of its own.
  document.addEventListener('copy', event => {
    const box = event.target;
    if (box.tagName !== 'TEXTAREA' || box.parentNode !== document.body) return;
    event.clipboardData.setData('text/plain', copied(box.value));
    event.preventDefault();
  });

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

  // Which button of the table of models was pressed, once the visitor is sure.
  const listenToModels = (element, trigger) => {
    element.addEventListener('click', event => {
      const {act, name, sure} = event.target.closest('button[data-act]')?.dataset || {};
      if (act && (!sure || confirm(sure))) trigger('click', {act, name});
    });
  };

  // Sorts a table by the column of this button: words from A, numbers from the largest, and the
  // other way round the next time.
  const sortBy = button => {
    const head = button.closest('th'), table = head.closest('table'), body = table.tBodies[0];
    const valueOf = row => row.cells[head.cellIndex].dataset.value;
    const rows = [...body.rows], numbers = rows.every(row => !isNaN(valueOf(row)));
    const first = numbers ? 'descending' : 'ascending';
    const order = head.ariaSort === first ? (numbers ? 'ascending' : 'descending') : first;
    const compare = (one, other) => numbers ? one - other : one.localeCompare(other);
    rows.sort((one, other) => compare(valueOf(one), valueOf(other)));
    if (order === 'descending') rows.reverse();
    for (const one of head.parentElement.cells) one.ariaSort = one === head ? order : null;
    body.append(...rows);
  };

  // Where the page is one column, the answer stands below the examples: it is what one looks for.
  const ONE_COLUMN = 700;
  const showResult = run =>
    run.closest('.columns')?.querySelector('.block.status')
      ?.scrollIntoView({block: 'start', behavior: 'smooth'});

  // So does the column of a second model, once Compare has made it; otherwise it is removed.
  const showSecond = async compare => {
    const {id} = compare.parentElement.querySelector('.primary');
    const second = `.columns:has(#${CSS.escape(id)}) .second-model`;
    if (document.querySelector(second)) return;
    (await drawn(second))?.scrollIntoView({block: 'start', behavior: 'smooth'});
  };

  // The event's values but for the last, and whether the visitor confirmed.
  const confirmed = (question, ...values) => [...values.slice(0, -1), confirm(question)];

  const play = button => {
    const audio = button.closest('.transcript').querySelector('audio');
    audio.currentTime = Number(button.dataset.start);
    audio.play();
  };

  // Of a transcript that plays, lights what is being said, and moves the line over its spectrogram.
  const follow = audio => {
    const place = audio.closest('.transcript'), now = audio.currentTime;
    for (const word of place?.querySelectorAll('button[data-start]') || []) {
      const {start, end} = word.dataset;
      word.classList.toggle('lit', now > 0 && Number(start) <= now && now < Number(end));
    }
    const line = place?.querySelector('.playhead');
    if (line) line.style.left = `${100 * now / audio.duration || 0}%`;
    if (place && !audio.paused) requestAnimationFrame(() => follow(audio));
  };
  for (const event of ['play', 'seeked', 'pause']) {
    document.addEventListener(event, heard => follow(heard.target), true); // it does not bubble
  }

  // Speech that is still being made: its pieces, one after the other. `shown` is the list of all so
  // far; it has another first piece when it is another run's, and none when there is no speech.
  const speech = {sources: [], next: 0, audio: null};

  const playSpeech = shown => {
    const template = document.createElement('template');
    template.innerHTML = shown || '';
    const sources = [...template.content.querySelectorAll('[data-source]')]
      .map(piece => piece.dataset.source);
    if (sources[0] !== speech.sources[0]) {
      speech.audio?.pause();
      Object.assign(speech, {next: 0, audio: null});
    }
    speech.sources = sources;
    if (!speech.audio) playNextPiece();
    setTimeout(labelSpeechButton);
  };

  const playNextPiece = () => {
    const source = speech.sources[speech.next];
    speech.audio = source ? new Audio(source) : null;
    if (source) {
      speech.next += 1;
      speech.audio.onended = playNextPiece;
      speech.audio.onplay = speech.audio.onpause = labelSpeechButton;
      speech.audio.play().catch(labelSpeechButton); // the browser may not let a page begin
    }
    labelSpeechButton();
  };

  const labelSpeechButton = () => {
    for (const button of document.querySelectorAll('.speech-pieces button')) {
      button.parentElement.hidden = !speech.audio;
      button.textContent = speech.audio?.paused ? text('Play') : text('Pause');
    }
  };

  const pauseOrPlay = () => speech.audio?.paused ? speech.audio.play() : speech.audio?.pause();

  // Live transcription. The microphone's samples go to the server in messages of half a second, one at
  // a time: a slow network gets longer ones. A script processor and no audio worklet: that is a script
  // of its own, which the page's policy lets come from nowhere.
  const LIVE_SECONDS = 0.5, MOST_LIVE_SECONDS = 5, LIVE_RATE = 16_000;
  let live = null; // what is being recorded, to the end of its run
  let refused = null; // why there is no microphone

  const microphone = async () => {
    if (!navigator.mediaDevices) throw {name: 'NotSecure'};
    const stream = await navigator.mediaDevices.getUserMedia({audio: true});
    for (const options of [{sampleRate: LIVE_RATE}, {}]) {
      const context = new AudioContext(options);
      try {
        return {stream, context, source: context.createMediaStreamSource(stream)};
      } catch (error) { // some browsers take a microphone at its own rate only
        context.close();
        if (!options.sampleRate) throw error;
      }
    }
  };

  const startOrEndLive = async () => {
    const label = value => [{__type__: 'update', value}];
    if (live) {
      endRecording();
      return label(text('Ending …'));
    }
    try {
      live = {samples: [], count: 0, sending: false, ended: false};
      Object.assign(live, await microphone());
    } catch (error) {
      [live, refused] = [null, error.name];
      document.querySelector('.live-heard').click();
      return [{__type__: 'update'}];
    }
    const recorder = live.recorder = live.context.createScriptProcessor(4096, 1, 1);
    recorder.onaudioprocess = heard => {
      const samples = heard.inputBuffer.getChannelData(0);
      live.samples.push(Int16Array.from(samples, one => Math.max(-1, Math.min(1, one)) * 32767));
      live.count += samples.length;
      if (live.count >= LIVE_SECONDS * live.context.sampleRate) sendLive();
    };
    live.source.connect(recorder);
    recorder.connect(live.context.destination); // without it nothing is processed
    document.querySelector('.live-start').click();
    return label(text('End and keep'));
  };

  const leaveMicrophone = () => {
    live.ended = true;
    live.recorder.onaudioprocess = null;
    for (const track of live.stream.getTracks()) track.stop();
    live.context.close();
  };

  const endRecording = () => {
    if (!live.recorder || live.ended) return; // the browser still asks, or it was pressed before
    leaveMicrophone();
    sendLive();
  };

  const sendLive = () => {
    if (live.sending) return;
    live.sending = true;
    document.querySelector('.live-heard').click();
  };

  // What the hidden button says to the server.
  const livePiece = () => {
    if (!live) return [JSON.stringify({refused})];
    const {samples, context, ended} = live;
    const most = Math.ceil(MOST_LIVE_SECONDS * context.sampleRate / 4096);
    const taken = samples.splice(0, most), bytes = [];
    live.count -= taken.reduce((count, one) => count + one.length, 0);
    for (const one of taken) bytes.push(String.fromCharCode(...new Uint8Array(one.buffer)));
    const last = live.last = ended && !samples.length;
    return [JSON.stringify({rate: context.sampleRate, samples: btoa(bytes.join('')), last})];
  };

  const livePieceSent = () => {
    if (!live) return;
    live.sending = false;
    if (live.ended ? !live.last : live.count >= LIVE_SECONDS * live.context.sampleRate) sendLive();
  };

  // The run is over: by the button, by Stop, by an error, or because nothing more may be said.
  const liveEnded = label => {
    if (live && !live.ended) leaveMicrophone();
    live = null;
    return [{__type__: 'update', value: label}];
  };

  // Hands the visitor a file that the server has just made.
  const download = file => {
    if (!file) return;
    const link = document.createElement('a');
    link.href = file.url;
    link.download = file.orig_name;
    link.click();
  };

  // The whole address of a link, which goes to the clipboard where the browser lets a page write.
  const copyLink = query => {
    const address = location.origin + location.pathname + query;
    navigator.clipboard?.writeText(address).catch(() => {});
    return [address];
  };

  // A chain of tabs: the text of one goes into the next, which runs nothing yet. Of each step the
  // server tells its link, and the same without its text; a link of a chain brings those of all.
  let stepsOfTasks = {}; // of each task its title and the input that takes a text
  let chain = {steps: [], at: 0}, sendingTo = null;

  const chainOfAddress = (first, query) => {
    const asked = new URLSearchParams(query), thens = asked.getAll('then');
    asked.delete('then');
    const taskOf = step => new URLSearchParams(step).get('task');
    const steps = thens.map(step => ({task: aliases[taskOf(step)] || taskOf(step), step: `?${step}`}));
    if (!steps.length || !steps.every(({task}) => stepsOfTasks[task]?.[1])) return;
    chain = {steps: [{task: first, link: `?${asked}`}, ...steps], at: 0};
    drawChain();
  };

  const sendTo = (from, to) => {
    if (!to) return;
    sendingTo = to;
    document.getElementById(`send-${from}`)?.click();
  };

  const textSent = (from, told) => {
    const {text, link, step} = JSON.parse(told), {steps, at} = chain, to = sendingTo;
    const goesOn = steps[at]?.task === from;
    const before = goesOn ? steps.slice(0, at) : [];
    const next = goesOn && steps[at + 1]?.task === to ? steps.slice(at + 1) : [{task: to, step: ''}];
    chain = {steps: [...before, {task: from, link, step}, ...next], at: before.length + 1};
    history.pushState(null, '', `?task=${to}`);
    selectTab(linkedTab = to);
    scrollTo(0, 0);
    fill(to, {...valuesOf(next[0].step), [stepsOfTasks[to][1]]: [text]}, false);
    drawChain();
  };

  // The links of the steps that lead to this tab, the first one with its input.
  const chainBefore = task => {
    const {steps, at} = chain, before = steps[at]?.task === task ? steps.slice(0, at) : [];
    return [JSON.stringify(before.map(({link, step}, number) => number ? step : link))];
  };

  // The line of the tab in which the chain stands now.
  const drawChain = async () => {
    const {steps, at} = chain, {task} = steps[at], next = steps[at + 1]?.task;
    const line = await drawn(`[data-chain="${CSS.escape(task)}"]`);
    for (const one of document.querySelectorAll('[data-chain]')) one.hidden = one !== line;
    if (!line) return;
    const titles = steps.flatMap((step, number) => {
      const title = document.createElement(number === at ? 'b' : 'span');
      title.textContent = stepsOfTasks[step.task][0];
      return number ? [' → ', title] : [title];
    });
    line.replaceChildren(...withNodes(text('Chain: {steps}.'), ...titles), ' ');
    if (next) {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.sendFrom = task;
      button.dataset.sendTo = next;
      button.append(...withNodes(text('send the text to {task}'), stepsOfTasks[next][0]));
      line.append(...withNodes(text('Press Run, then {button}.'), button));
    } else {
      line.append(text('“Copy link” under “Download, link, history” keeps all of it.'));
    }
  };

  // The runs of each tab, newest first, in the browser's storage; gradio writes what rememberRun
  // returns, and tells of it by historyChanged. The list on the page is drawn here.
  const MOST_RUNS = 20, MOST_KEPT = 1_000_000; // characters of all tabs; a browser gives 5 million
  let runsOfTask = {}, chosen = null;

  const rememberRun = (kept, told) => {
    if (!told) return [kept];
    const {task, chat, ...run} = JSON.parse(told), runs = {...kept.runs};
    if (run.typed) {
      runs[task] = [{...run, time: Date.now()}, ...(runs[task] || [])].slice(0, MOST_RUNS);
    }
    const size = one => JSON.stringify(runs[one]).length;
    while (JSON.stringify(runs).length > MOST_KEPT) {
      const largest = Object.keys(runs).reduce((one, other) => size(one) < size(other) ? other : one);
      runs[largest] = runs[largest].slice(0, -1);
    }
    return chat ? keepChat(task, {...kept, runs}, chat) : [{...kept, runs}];
  };

  const clearHistory = (task, kept) => [{...kept, runs: {...kept.runs, [task]: []}}];

  // A conversation stays over a reload. Without turns: it was ended.
  const keepChat = (task, kept, turns = []) => [{...kept, chats: {...kept.chats, [task]: turns}}];

  const partOfTurn = part => part.file
    ? {...part, file: {...part.file, url: `/gradio_api/file=${part.file.path}`}}
    : part;

  // Once: later it is in its tab, and goes on there.
  const restoredChats = new Set();
  const restoreChat = (task, unanswered, kept) => {
    const turns = kept?.chats?.[task] || [], same = {__type__: 'update'};
    const parts = turn => typeof turn.content === 'string'
      ? [{type: 'text', text: turn.content}]
      : turn.content.map(partOfTurn);
    const first = !restoredChats.has(task);
    restoredChats.add(task);
    if (!first || !turns.length) return [same, same];
    const value = turns.map(turn => ({...turn, content: parts(turn)}));
    const answered = value.at(-1).content.some(part => part.text !== '…');
    return [{...same, value}, answered ? same : {...same, value: unanswered}];
  };

  const historyChanged = kept => {
    runsOfTask = kept?.runs || {};
    document.querySelectorAll('.history[data-task]').forEach(drawHistory);
  };

  const showHistory = (task, element) => {
    const list = element.querySelector('.history');
    list.dataset.task = task;
    drawHistory(list);
  };

  // A figure whose parts are taken by a click, or by Enter where one has the keyboard's focus without
  // being a button; `trigger` is gradio's way to make an event of it.
  const takeOnClick = (element, trigger) => {
    const take = event => {
      const part = event.target.closest('[data-take]');
      if (!part) return;
      trigger('click', {take: part.dataset.take, at: part.closest('[data-at]').dataset.at});
    };
    element.addEventListener('click', take);
    element.addEventListener('keydown', event => {
      if (event.key === 'Enter' && event.target.closest('g')) take(event);
    });
  };

  // Things found on a picture: a box and its line in the list light up together, also by keyboard; a
  // click keeps them so, and a click on a label's count shows the things of that label alone.
  const things = (element, name, value) =>
    element.closest('.found').querySelectorAll(`[data-${name}="${CSS.escape(value)}"]`);

  for (const [event, lit] of [
    ['pointerover', true], ['pointerout', false], ['focusin', true], ['focusout', false],
  ]) {
    document.addEventListener(event, ({target}) => {
      const thing = target.closest?.('.found [data-thing]');
      if (!thing) return;
      for (const one of things(thing, 'thing', thing.dataset.thing)) one.classList.toggle('lit', lit);
    });
  }

  const chooseThing = thing => {
    const figure = thing.closest('.found'), chosen = !thing.classList.contains('chosen');
    for (const one of figure.querySelectorAll('[data-thing]')) {
      const itself = chosen && one.dataset.thing === thing.dataset.thing;
      one.classList.toggle('chosen', itself);
      if (one.hasAttribute('aria-pressed')) one.ariaPressed = itself;
      if (itself && one.closest('ol')) one.scrollIntoView({block: 'nearest'});
    }
  };

  const showOnly = button => {
    const figure = button.closest('.found'), only = button.ariaPressed !== 'true';
    for (const one of figure.querySelectorAll('[data-only]')) {
      one.ariaPressed = only && one === button;
    }
    for (const one of figure.querySelectorAll('[data-label]')) {
      one.hidden = only && one.dataset.label !== button.dataset.only;
    }
  };

  // What was put in, in a few words: files by their names.
  const briefly = value => {
    if (Array.isArray(value)) return value.join(', ');
    if (value && typeof value === 'object') return value.orig_name || text('a file');
    return value || '';
  };

  const drawHistory = list => {
    const runs = runsOfTask[list.dataset.task] || [];
    list.replaceChildren(...runs.map((run, number) => {
      const item = document.createElement('li'), button = document.createElement('button');
      const time = new Date(run.time).toLocaleString([], {dateStyle: 'short', timeStyle: 'short'});
      const words = Object.values(run.typed).map(briefly).filter(Boolean).join(' · ');
      button.type = 'button';
      button.dataset.run = number;
      button.textContent = words.slice(0, 120) || text('(empty)');
      const facts = document.createElement('small');
      facts.textContent = `${run.title} · ${time}`;
      item.append(button, facts);
      return item;
    }));
    list.dataset.empty = runs.length ? '' : text('Nothing was run in this tab yet.');
  };

  const runAgain = button => {
    const {task} = button.closest('.history').dataset;
    chosen = runsOfTask[task][button.dataset.run];
    document.getElementById(`again-${task}`)?.click();
  };

  const chosenRun = () => [JSON.stringify(chosen)];

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

  // gradio's sound boxes refuse what the browser does not call audio/*: recordings in containers of
  // videos (.webm, .mp4, .3gp, .mkv), .caf, files without an ending. The server looks into a file and
  // says whether there is a sound in it; here all are called one.
  const SOUND_INPUT = 'input[type=file][accept*="audio/"]';
  const OTHER_SOUNDS = ',video/*,.caf,.mkv,.3gp,.amr';

  const allCalledSounds = files => {
    const transfer = new DataTransfer();
    for (const file of files) {
      transfer.items.add(new File([file], file.name, {type: 'audio/unknown'}));
    }
    return transfer;
  };

  const isSound = file => file.type.startsWith('audio/');

  document.addEventListener('click', event => {
    const input = event.target;
    if (input.matches?.(SOUND_INPUT) && !input.accept.endsWith(OTHER_SOUNDS)) {
      input.accept += OTHER_SOUNDS; // what the dialogue offers
    }
  }, true);

  document.addEventListener('change', event => {
    const input = event.target;
    if (input.matches?.(SOUND_INPUT)) input.files = allCalledSounds(input.files).files;
  }, true);

  document.addEventListener('drop', event => {
    const files = [...event.dataTransfer?.files || []], box = event.target;
    if (!box.closest?.(`:has(> ${SOUND_INPUT})`) || files.every(isSound)) return;
    event.preventDefault();
    event.stopPropagation();
    const dataTransfer = allCalledSounds(files);
    box.dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
  }, true);

  // gradio runs from a box of several lines by Shift+Enter; Ctrl+Enter does what Shift+Enter does.
  document.addEventListener('keydown', event => {
    const box = event.target;
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !box.matches?.('textarea')) return;
    event.preventDefault();
    box.dispatchEvent(new KeyboardEvent(
      'keypress', {key: 'Enter', shiftKey: box.rows > 1, bubbles: true, cancelable: true}));
  });

  // gradio opens a dropdown's list after any key: after Tab, when the focus has left it already.
  document.addEventListener('keydown', event => {
    if (event.key === 'Tab' && event.target.matches?.('input[role=combobox]')) event.stopPropagation();
  }, true);

  document.addEventListener('click', event => {
    const player = event.target.closest('.transcript button[data-start]');
    if (player) play(player);
    if (event.target.closest('.speech-pieces button')) pauseOrPlay();
    const sorter = event.target.closest('th button[data-sort]');
    if (sorter) sortBy(sorter);
    const thing = event.target.closest('.found [data-thing]');
    if (thing) chooseThing(thing);
    const only = event.target.closest('.found [data-only]');
    if (only) showOnly(only);
    const run = event.target.closest('.run-or-stop button.primary');
    if (run && innerWidth < ONE_COLUMN) showResult(run);
    const compare = event.target.closest('.run-or-stop button:not(.primary, .stop)');
    if (compare && innerWidth < ONE_COLUMN) showSecond(compare);
    const sender = event.target.closest('.chain button');
    if (sender) sendTo(sender.dataset.sendFrom, sender.dataset.sendTo);
    const again = event.target.closest('.history button[data-run]');
    if (again) runAgain(again);
    const saver = event.target.closest('button[data-save]');
    if (saver) save(saver);
    const card = event.target.closest('a[data-try], a[data-open]');
    if (card && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      openCard(card, card.matches('[data-try]'));
    }
  });

  // gradio fits a box to its text when that changes; here also when the box gets narrower, as by a
  // second model's column. The event does not bubble: nobody else hears that something was typed.
  const widthOf = new WeakMap();
  const fitter = new ResizeObserver(changed => {
    for (const {target: box, contentRect: {width}} of changed) {
      if (width && widthOf.has(box) && widthOf.get(box) !== width) box.dispatchEvent(new Event('input'));
      if (width) widthOf.set(box, width);
    }
  });

  const TOASTS = {Warning: text('Warning'), Error: text('Error')}; // gradio groups them by these

  // What gradio draws without a name that a screen reader could say: examples that are pictures or
  // sounds, and the place of a result that is not there yet.
  const nameTheNameless = () => {
    for (const button of document.querySelectorAll('button.gallery-item:not([aria-label])')) {
      const source = button.querySelector('[src]')?.src;
      const name = source ? decodeURIComponent(source.split('/').at(-1)) : button.innerText.trim();
      if (name) button.setAttribute('aria-label', name);
    }
    // A question that is edited, as it was typed.
    for (const box of document.querySelectorAll('textarea.edit-textarea:not([aria-label])')) {
      box.setAttribute('aria-label', text('Edit the question'));
      box.value = typed(box.value);
      box.dispatchEvent(new Event('input', {bubbles: true}));
    }
    document.querySelectorAll('.columns textarea').forEach(box => fitter.observe(box));
    for (const box of document.querySelectorAll('.results input[placeholder="Filter..."]')) {
      box.placeholder = text('Filter…');
    }
    for (const {firstChild: words} of document.querySelectorAll('.toast-title')) {
      const said = TOASTS[words?.data?.trim()];
      if (said && said !== words.data.trim()) words.data = `${said} `;
    }
    for (const empty of document.querySelectorAll('div[aria-label="Empty value"]:not([role])')) {
      empty.setAttribute('role', 'img');
    }
  };
  // At most once in a tenth of a second: a text that grows changes the page at every token.
  let naming = 0;
  new MutationObserver(() => {
    naming ||= setTimeout(() => { naming = 0; nameTheNameless(); }, 100);
  }).observe(document, {childList: true, subtree: true});

  document.addEventListener('input', event => {
    if (event.target.id === 'start-search') cardsWith(event.target.value);
  });

  // gradio would make the minimum of an emptied number; it means the default.
  document.addEventListener('blur', ({target}) => {
    if (target.type !== 'number' || target.value !== '') return;
    target.closest('.block')?.querySelector('.reset-button')?.click();
  }, true);

  document.addEventListener('keydown', async event => {
    const field = event.target;
    if (event.key === 'Enter' && field.id === 'start-search') {
      const [first] = cardsWith(field.value);
      if (first) openCard(first, false);
    }
    const writes = field.isContentEditable || field.matches?.('input, textarea, select');
    if (event.key !== '/' || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    selectTab(START);
    (await drawn('#start-search'))?.select();
  });

  return {
    tabOpened, groupOpened, followLink, clickAfterPause, emptyWhenAsked, typedNow, selectTyped,
    confirmed, listenToModels, linkValues, linkFilled, playSpeech, download, copyLink, rememberRun,
    sendTo, textSent, chainBefore,
    clearHistory, historyChanged, showHistory, chosenRun, keepChat, restoreChat, takeOnClick,
    startOrEndLive, livePiece, livePieceSent, liveEnded,
  };
})();
