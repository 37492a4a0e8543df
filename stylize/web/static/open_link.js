// A link that cannot be followed: the address no longer asks for what the page does not show.
if (props.value) history.replaceState(history.state, "", location.pathname);
