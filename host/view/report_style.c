/* SPDX-License-Identifier: MIT
 * report_style.c - the report's style sheet: light, dark and paper
 *
 * Colours are those of Okabe and Ito's palette, which the colour-blind tell apart, lightened on dark ground and darkened where white
 * paper needs it; strokes differ as well (dashes, widths), so that no curve is told by its colour alone.
 */
#include "view/report_parts.h"

const char *const rnn_report_style[] = {
    ":root{color-scheme:light "
    "dark;--ground:#fff;--text:#1b1f24;--soft:#57606a;--rule:#d5d9de;--grid:#e6e9ec;--tint:#f4f6f8;"
    "--actual:#0072b2;--predicted:#c2410c;--third:#00795a;--fourth:#a8327e;--fifth:#7a6100;--sixth:#57606a;"
    "--val:rgba(230,159,0,.20);--test:rgba(204,121,167,.24);--mark:#fff3d6}\n",
    "@media "
    "(prefers-color-scheme:dark){:root{--ground:#14171b;--text:#e8eaed;--soft:#a3acb6;--rule:#3a4149;--grid:#2a3037;"
    "--tint:#1c2127;--actual:#6cc0f0;--predicted:#ff9a5c;--third:#35c9a0;--fourth:#ec9ccb;--fifth:#e5cf4a;--sixth:#"
    "a3acb6;"
    "--val:rgba(230,159,0,.20);--test:rgba(204,121,167,.26);--mark:#3d3418}}\n",
    "*{box-sizing:border-box}\n",
    "body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 "
    "system-ui,sans-serif;overflow-wrap:anywhere}\n",
    "main{max-width:1040px;margin:0 auto;padding:16px}\n",
    "h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .4rem;"
    "border-top:1px solid var(--rule);padding-top:1rem}h3{font-size:1rem;margin:1.2rem 0 .2rem}\n",
    "p{margin:.5rem 0;max-width:70ch}.lead{font-size:1.1rem}.soft,footer{color:var(--soft);font-size:.9rem}\n",
    "figure{margin:1rem 0;min-width:0}figcaption{font-weight:600;font-size:.95rem}\n",
    ".pair{display:grid;grid-template-columns:minmax(0,1fr);column-gap:28px}figure{container-type:inline-size}\n",
    ".keys{list-style:none;margin:.2rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:.85rem}\n",
    ".keys li{display:flex;align-items:center;gap:.4rem}.key{flex:none}\n",
    ".plot{padding:28px 10px 40px 40px}svg{display:block;overflow:visible}\n",
    "svg text{font:12px system-ui,sans-serif;fill:var(--soft)}svg .name{fill:var(--text)}\n",
    ".end{text-anchor:end}.mid{text-anchor:middle}\n",
    ".grid{stroke:var(--grid)}.axis{stroke:var(--soft)}\n",
    ".line{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}\n",
    ".dots{fill:none;stroke-width:4.5;stroke-linecap:round;vector-effect:non-scaling-stroke}\n",
    ".actual{stroke:var(--actual)}.predicted{stroke:var(--predicted)}.line.predicted{stroke-dasharray:5 "
    "3.5;stroke-width:2}\n",
    ".cloud{stroke:var(--actual);stroke-opacity:.7}.rest{stroke:var(--actual)}\n",
    ".s0{stroke:var(--predicted)}.line.s0{stroke-width:2.6}.s1{stroke:var(--actual)}.line.s1{stroke-dasharray:7 4}"
    ".s2{stroke:var(--third)}.line.s2{stroke-dasharray:2 4}.s3{stroke:var(--fourth)}.line.s3{stroke-dasharray:9 3 2 3}"
    ".s4{stroke:var(--fifth)}.line.s4{stroke-dasharray:12 4}.s5{stroke:var(--sixth)}.line.s5{stroke-dasharray:4 4}\n",
    ".line.even{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 "
    "4}.line.kept{stroke:var(--fourth);stroke-width:1.6;stroke-dasharray:1 4}\n",
    ".val{fill:var(--val)}.test{fill:var(--test)}.bar{fill:var(--actual);fill-opacity:.75}\n",
    ".band{fill:var(--predicted)}.b0{fill-opacity:.18}.b1{fill-opacity:.24}.b2{fill-opacity:.3}\n",
    ".wide{overflow-x:auto;margin:.6rem 0}caption{text-align:left;font-weight:600;padding:.5rem .3rem "
    ".2rem}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n",
    "th,td{text-align:left;padding:.25rem .8rem .25rem .3rem;border-bottom:1px solid var(--rule);vertical-align:top;"
    "overflow-wrap:normal}thead th{border-bottom:2px solid var(--soft)}.n{text-align:right}tr.own th,tr.own "
    "td{font-weight:700}\n",
    "tr.changed{background:var(--mark)}tbody "
    "th{font-weight:400}.any{overflow-wrap:anywhere;min-width:7rem}.o{white-space:nowrap}.group "
    "th{font-weight:600;background:var(--tint)}\n",
    "code,pre{font:.85rem/1.45 "
    "ui-monospace,monospace}pre{background:var(--tint);padding:.7rem;white-space:pre-wrap;margin:.5rem 0}\n",
    "dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;font-size:.9rem;margin:.5rem "
    "0}\n",
    "dt{color:var(--soft)}dd{margin:0;min-width:0}\n",
    "@container (max-width:480px){.w{display:none}}\n",
    "@media (min-width:800px){.pair{grid-template-columns:minmax(0,2fr) minmax(0,1fr)}}\n",
    "@media "
    "(max-width:640px){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}main{padding:12px}th,td{padding-right:.5rem}"
    "h1{font-size:1.25rem}}\n",
    "@page{size:A4;margin:12mm 14mm}\n",
    "@media "
    "print{:root{color-scheme:light;--ground:#fff;--text:#000;--soft:#444;--rule:#bbb;--grid:#ddd;--tint:#f4f4f4;"
    "--actual:#0072b2;--predicted:#c2410c;--third:#00795a;--fourth:#a8327e;--fifth:#7a6100;--sixth:#57606a;--mark:#"
    "fff3d6}"
    "body{font-size:10.5pt}main{max-width:none;padding:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "h2,h3{break-after:avoid}figure,tr,dl,pre{break-inside:avoid}thead{display:table-header-group}.wide{overflow:"
    "visible}"
    ".pair{grid-template-columns:minmax(0,3fr) minmax(0,2fr);column-gap:16px}h2{margin:1.1rem 0 "
    ".2rem;padding-top:.6rem}figure{margin:.5rem 0}}\n",
    NULL,
};
