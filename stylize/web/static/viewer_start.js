// All parts of the viewer's script are there: what the page opened with is shown.
show();
