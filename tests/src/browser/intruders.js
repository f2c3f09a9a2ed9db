// Returns what a page of ours never has: elements and attributes that only text from outside can have brought in.
const found = [];
const tell = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (/^(iframe|object|embed|base|frame|frameset|applet|marquee|foreignobject|animate|set|math|style|template|portal)$/.test(name))
        tell('element', element);
    if (name === 'script' && (!element.src || new URL(element.src).origin !== location.origin)) tell('script', element);
    if (name === 'link' && new URL(element.href, location).origin !== location.origin) tell('link', element);
    if (name === 'meta' && element.httpEquiv.toLowerCase() === 'refresh') tell('refresh', element);
    for (const attribute of element.attributes) {
        if (/^on/i.test(attribute.name)) tell(`attribute ${attribute.name}`, element);
        if (/^data-injected|^x-injected/i.test(attribute.name)) tell('attribute from outside', element);
        if (attribute.name === 'style') tell('style', element);
        if (/^(href|src|action|formaction|xlink:href|data|poster|srcset|ping|background)$/i.test(attribute.name)) {
            const target = attribute.value.replace(/[\u0000-\u0020]/g, '').toLowerCase();
            // Pictures of an examined file are drawn by the server itself, and nothing else is a PNG in an address.
            const isDrawn = element.matches("img.examined") && /^data:image\/png;base64,[a-z0-9+/=]+$/.test(target);
            if (!isDrawn && /^(javascript|data|vbscript|blob|file):/.test(target)) tell(`address in ${attribute.name}`, element);
            else if (/^([a-z]+:)?\/\//.test(target) && new URL(target, location).origin !== location.origin)
                tell(`foreign address in ${attribute.name}`, element);
        }
    }
    if (/^x-injected/.test(name) || /injected/.test(element.id) || element.classList.contains('injected'))
        tell('element from outside', element);
}
// Direction marks of a text turn what stands beside it when nothing isolates the text.
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (/^(script|style|textarea|option)$/.test(parent.localName)) continue;
    if (/[\u202a-\u202e\u2066-\u2069]/.test(node.data)) {
        let fence = parent;
        while (fence !== document.body && !/isolate|plaintext/.test(getComputedStyle(fence).unicodeBidi))
            fence = fence.parentElement;
        if (fence.textContent.trim() !== node.data.trim()) tell('direction marks that reach their neighbours', parent);
    }
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(node.data)) tell('control characters', parent);
}
const page = document.scrollingElement;
if (page.clientWidth + 1 < page.scrollWidth) {
    const sticks = element => element.getBoundingClientRect().right > page.clientWidth + 1;
    const widest = [...document.body.querySelectorAll('*')].filter(element => sticks(element) && ![...element.children].some(sticks));
    found.push(`the page is ${page.scrollWidth} wide in a window of ${page.clientWidth}: ${widest.slice(0, 2).map(element => element.parentElement.outerHTML.slice(0, 600)).join(' ')}`);
}
return found;
