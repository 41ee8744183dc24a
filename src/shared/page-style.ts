/** NHS colours with text contrast above 7:1; no web font, because the page loads nothing. */
export const pageStyle = `
:root { color-scheme: light; }
body { margin: 0; font: 1.1875rem/1.5 Arial, sans-serif; color: #212b32; background: #fff; }
header { background: #005eb8; color: #fff; padding: 1rem; }
header p { margin: 0 auto; max-width: 60rem; font-weight: bold; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 2rem; line-height: 1.2; }
h2 { font-size: 1.5rem; margin-top: 2rem; }
h3 { font-size: 1.1875rem; margin-bottom: 0.25rem; }
a { color: #003087; }
a:focus { background: #ffeb3b; color: #212b32; outline: 4px solid #212b32; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
table { border-collapse: collapse; width: 100%; }
caption, th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0; }
caption { font-weight: bold; }
tbody th { font-weight: normal; }
tr { border-bottom: 1px solid #aeb7bd; }
dt { font-weight: bold; }
dd { margin: 0 0 0.5rem; }
.wide { overflow-x: auto; }
`;
