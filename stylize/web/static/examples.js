// The example photos: buttons with pictures.
const { translate } = window.stylize;
const show = () => {
  for (const button of element.querySelectorAll("button[data-photo]")) {
    const name = button.dataset.photo;
    const image = button.querySelector("img");
    image.src = props.value[name].url;
    image.alt = translate(`example_${name}`);
  }
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-photo]");
  if (button) window.stylize.bringExample(button.dataset.photo);
});
watch("value", show);
show();
