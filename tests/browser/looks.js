// What the tests ask of the page: each function returns plain values.
var looks = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (elements) => elements.filter((e) => e.offsetParent);
  const numbers = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const rgb = numbers(getComputedStyle(node).backgroundColor);
      if (rgb.length === 3 || rgb[3] === 1) return rgb;
    }
    return [255, 255, 255];
  };
  return {
    shown: () => seen(all('tr.tool')).map((r) => r.id.slice(5)),
    open: () => seen(all('tr.about')).map((r) => r.id.slice(6)),
    count: () => document.querySelector('#count').textContent,
    focus: () => {
      const e = document.activeElement;
      return e.name || e.id || e.textContent;
    },
    // Follow a link to a fragment, and wait until the page's script has heard of it.
    go: (fragment) => new Promise((done) => {
      addEventListener('hashchange', () => setTimeout(done), { once: true });
      location.hash = fragment;
    }),
    middle: (selector) => {
      const e = document.querySelector(selector);
      e.scrollIntoView({ block: 'center', behavior: 'instant' });
      const r = e.getBoundingClientRect();
      return [r.x + r.width / 2, r.y + r.height / 2];
    },
    foreignScriptRuns: () => {
      const s = document.createElement('script');
      s.textContent = 'window.ran = true';
      document.body.append(s);
      return window.ran === true;
    },
    // Text, whether it is on top, and the outline of what has the focus.
    focused: () => {
      const e = document.activeElement, r = e.getBoundingClientRect();
      const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
      return [e.textContent, e === top || e.contains(top), getComputedStyle(e).outlineStyle];
    },
    // Texts with a contrast below 4.5 (WCAG AA).
    faint: () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
      while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.offsetParent || node.closest('.sr, .skip')) continue;
        const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) found.push([node.className || node.tagName, walker.currentNode.data, ratio]);
      }
      return found.slice(0, 5);
    },
    outside: (width) => seen(all('td, th, p, li, button, select, input, code')).filter((e) => !e.closest('.sr'))
      .filter((e) => e.getBoundingClientRect().right > width || e.getBoundingClientRect().left < 0)
      .map((e) => e.textContent),
    small: () => seen(all('button, select, input[type=search], .chip, nav a'))
      .filter((e) => e.getBoundingClientRect().height < 24).map((e) => e.textContent),
    overlappingHeads: () => {
      const boxes = all('.matrix thead th').map((e) => {
        const r = document.createRange();
        r.selectNodeContents(e);
        return r.getBoundingClientRect();
      });
      return boxes.slice(1).filter((b, i) => b.left < boxes[i].right - 0.5).length;
    },
    tops: (selectors) => selectors.map((s) => document.querySelector(s).getBoundingClientRect().top),
    shapes: (names) => names.map((name) => {
      const e = document.querySelector(`.${name}.e`), s = getComputedStyle(e);
      return [e.textContent, s.clipPath + s.borderRadius];
    }),
  };
})();
