// Photo and painting as two plain pictures, for keyboards and screen readers.
const [photo, painting] = element.querySelectorAll("img");
const { word } = window.stylize;
const show = () => {
  const both = props.value;
  if (!both) return;
  photo.src = both.photo.url;
  painting.src = both.painting.url;
  photo.alt = word("photo_alt");
  painting.alt = word("painting_alt", { title: both.title });
};
watch("value", show);
show();
