/* SPDX-License-Identifier: MIT
 * report_style.c - the report's style sheet: light, dark and paper
 *
 * Colours are Okabe and Ito's palette, which the colour-blind tell apart, lightened on dark ground and darkened where white needs
 * it; strokes differ as well (dashes, widths), so that no curve is told by its colour alone. Texts have a contrast of 4.5 at least.
 */
#include "view/report_parts.h"

/* entries of the list below */
#define LIGHT_CURVES                                                            \
    "--actual:#0072b2;--predicted:#c2410c;--third:#00795a;--fourth:#a8327e;\n", \
        "--fifth:#7a6100;--sixth:#57606a;--val:rgba(230,159,0,.2);\n", "--test:rgba(204,121,167,.24);--mark:#fff3d6"

const char *const rnn_report_style[] = {
    /* colours */
    ":root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--soft:#57606a;--rule:#d5d9de;--grid:#e6e9ec;\n",
    "--tint:#f4f6f8;",
    LIGHT_CURVES,
    "}\n",
    "@media (prefers-color-scheme:dark){:root{--ground:#14171b;--text:#e8eaed;--soft:#a3acb6;--rule:#3a4149;\n",
    "--grid:#2a3037;--tint:#1c2127;--actual:#6cc0f0;--predicted:#ff9a5c;--third:#35c9a0;--fourth:#ec9ccb;\n",
    "--fifth:#e5cf4a;--sixth:#a3acb6;--test:rgba(204,121,167,.26);--mark:#3d3418}}\n",

    /* page */
    "*{box-sizing:border-box}\n",
    "body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif;\n",
    "overflow-wrap:anywhere}\n",
    "main{max-width:1040px;margin:0 auto;padding:16px}\n",
    "h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}\n",
    "h2{font-size:1.2rem;margin:2.2rem 0 .4rem;border-top:1px solid var(--rule);padding-top:1rem}\n",
    "h3{font-size:1rem;margin:1.2rem 0 .2rem}\n",
    "p{margin:.5rem 0;max-width:70ch}.lead{font-size:1.1rem}.soft,footer{color:var(--soft);font-size:.9rem}\n",
    "code,pre{font:.85rem/1.45 ui-monospace,monospace}\n",
    "pre{background:var(--tint);padding:.7rem;white-space:pre-wrap;margin:.5rem 0}\n",
    "dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;font-size:.9rem;\n",
    "margin:.5rem 0}dt{color:var(--soft)}dd{margin:0;min-width:0}\n",

    /* charts: "w" are the marks that narrow ones leave out */
    "figure{margin:1rem 0;min-width:0;container-type:inline-size}figcaption{font-weight:600;font-size:.95rem}\n",
    ".pair{display:grid;grid-template-columns:minmax(0,1fr);column-gap:28px}\n",
    "@media (min-width:800px){.pair{grid-template-columns:minmax(0,2fr) minmax(0,1fr)}}\n",
    "@container (max-width:480px){.w{display:none}}\n",
    ".keys{list-style:none;margin:.2rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;\n",
    "font-size:.85rem}.keys li{display:flex;align-items:center;gap:.4rem}.key{flex:none}\n",
    ".plot{padding:28px 10px 40px 40px}svg{display:block;overflow:visible}\n",
    "svg text{font:12px system-ui,sans-serif;fill:var(--soft)}svg .name{fill:var(--text)}\n",
    ".end{text-anchor:end}.mid{text-anchor:middle}.grid{stroke:var(--grid)}.axis{stroke:var(--soft)}\n",
    ".line{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round;\n",
    "vector-effect:non-scaling-stroke}\n",
    ".dots{fill:none;stroke-width:4.5;stroke-linecap:round;vector-effect:non-scaling-stroke}\n",
    ".actual,.rest,.cloud{stroke:var(--actual)}.cloud{stroke-opacity:.7}.predicted{stroke:var(--predicted)}\n",
    ".line.predicted{stroke-dasharray:5 3.5;stroke-width:2}\n",
    ".line.even{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}\n",
    ".line.kept{stroke:var(--fourth);stroke-dasharray:1 4}\n",
    ".s0{stroke:var(--predicted)}.line.s0{stroke-width:2.6}\n",
    ".s1{stroke:var(--actual)}.line.s1{stroke-dasharray:7 4}\n",
    ".s2{stroke:var(--third)}.line.s2{stroke-dasharray:2 4}\n",
    ".s3{stroke:var(--fourth)}.line.s3{stroke-dasharray:9 3 2 3}\n",
    ".s4{stroke:var(--fifth)}.line.s4{stroke-dasharray:12 4}\n",
    ".s5{stroke:var(--sixth)}.line.s5{stroke-dasharray:4 4}\n",
    ".val{fill:var(--val)}.test{fill:var(--test)}.bar{fill:var(--actual);fill-opacity:.75}\n",
    ".band{fill:var(--predicted)}.b0{fill-opacity:.18}.b1{fill-opacity:.24}.b2{fill-opacity:.3}\n",

    /* tables */
    ".wide{overflow-x:auto;margin:.6rem 0}caption{text-align:left;font-weight:600;padding:.5rem .3rem .2rem}\n",
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n",
    "th,td{text-align:left;padding:.25rem .8rem .25rem .3rem;border-bottom:1px solid var(--rule);\n",
    "vertical-align:top;overflow-wrap:normal}thead th{border-bottom:2px solid var(--soft)}\n",
    "tbody th{font-weight:400}.n{text-align:right}.o{white-space:nowrap}\n",
    ".any{overflow-wrap:anywhere;min-width:7rem}tr.own th,tr.own td{font-weight:700}\n",
    "tr.changed{background:var(--mark)}\n",
    ".groups{columns:2 24rem;column-gap:28px;overflow-x:auto}\n",
    ".groups table{width:100%;break-inside:avoid;margin-bottom:.8rem}.groups .wide{margin:0;break-inside:avoid}\n",

    /* phones */
    "@media (max-width:640px){main{padding:12px}h1{font-size:1.25rem}dl{grid-template-columns:1fr}\n",
    "dd{margin-bottom:.4rem}th,td{padding-right:.5rem}.any{min-width:4.5rem}}\n",

    /* paper */
    "@page{size:A4;margin:12mm 14mm}\n",
    "@media print{:root{color-scheme:light;--ground:#fff;--text:#000;--soft:#444;--rule:#bbb;--grid:#ddd;\n",
    "--tint:#f4f4f4;",
    LIGHT_CURVES,
    "}\n",
    "body{font-size:10.5pt}main{max-width:none;padding:0}\n",
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n",
    "h2,h3,caption{break-after:avoid}figure,tr,dl,pre{break-inside:avoid}thead{display:table-header-group}\n",
    "h2{margin:1.1rem 0 .2rem;padding-top:.6rem}figure{margin:.5rem 0}.wide,.groups{overflow:visible}\n",
    ".wide table{break-inside:avoid}h2+p{break-after:avoid}.groups .wide table{font-size:.72rem}\n",
    ".groups .wide td,.groups .wide th{padding-right:.25rem}\n",
    ".groups{columns:2}.groups table{font-size:.8rem}.any{min-width:4rem}\n",
    ".pair{grid-template-columns:minmax(0,3fr) minmax(0,2fr);column-gap:16px}}\n",
    NULL,
};
