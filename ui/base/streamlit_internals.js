// What the browser parts use of Streamlit's page and of plotly.js that neither documents, as
// seen in Streamlit 1.67. Components put this file before their own script; see
// ui/components/register.py. Classes `st-key-…` are public and need no entry here.
// tests/ui/base/test_streamlit_internals.py says what no longer holds with another version.

const INTERNALS = {
  pageLink: 'a[data-testid="stPageLink-NavLink"]',
  main: '[data-testid="stMain"]',
  open: `[role=dialog], [role=listbox], [role=menu], [data-testid="stPopoverBody"],
    [aria-label="Close fullscreen"]`,
  button: ".stButton button",
  chart: ".js-plotly-plot",
  chartFrame: ".svg-container",
  chartButton: "modebar-btn",

  /** What plotly's camera saves: its options, which it reads at the moment of the click. */
  imageOptions: (plot) => plot._context?.toImageButtonOptions,

  /** Where the axes of a chart lie in it, in pixels; `place` says where on them a point lies,
   * and `value` which point lies at a place. */
  plotArea: (plot) => {
    const { xaxis, yaxis } = plot?._fullLayout ?? {};
    if (!xaxis?.l2p || !yaxis?.p2l) return null;
    return {
      left: xaxis._offset,
      top: yaxis._offset,
      width: xaxis._length,
      height: yaxis._length,
      place: ([x, y]) => [xaxis.l2p(x), yaxis.l2p(y)],
      value: ([left, top]) => [xaxis.p2l(left), yaxis.p2l(top)],
    };
  },
};
