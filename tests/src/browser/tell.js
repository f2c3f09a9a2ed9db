// Runs before every page's own scripts: whatever must never happen is told to the console, where the log keeps it.
document.addEventListener('securitypolicyviolation', event =>
    console.error(`harness: policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
for (const name of ['alert', 'confirm', 'prompt', 'print'])
    window[name] = words => console.error(`harness: dialog: ${name} ${words}`);
window.injected = which => console.error(`harness: ran: ${which}`);
