// Every word of the page, in the visitor's language.
export const WORDS = {
  en: {
    title: "Your photo, painted on your own device.",
    promise: "It is not uploaded: the painter runs in this browser, on your graphics processor. Drop a photo, or use the camera.",
    choose: "Choose a photo",
    drop: "Drop a photo here, or choose one",
    camera: "Camera",
    strength: "Strength",
    brush: "Brush",
    download: "Download PNG",
    own: "Open a style file",
    divider: "Photo or painting",
    turn: "Other camera",
    snap: "Take this picture",
    record: "Record",
    record_stop: "Stop recording",
    stop: "Stop the camera",
    copy: "Copy for a report",
    loading: "The painter is on its way: {size} MB, once.",
    painting: "Painting",
    painting_large: "Painting at full size",
    painted: "Painted here in {seconds} s",
    rate: "{rate} pictures a second",
    no_device:
      "This browser gives no access to a graphics processor (WebGPU), so nothing can be painted here. Chrome and Edge have it, Safari from version 26, Firefox from 141 on Windows.",
    wrong_device: "This device's graphics processor calculates otherwise than it should, so nothing is painted here.",
    no_model: "The painter could not be loaded ({why}). Reload the page to try again.",
    no_photo: "{name} cannot be read as a picture. JPEG, PNG, WebP and AVIF can.",
    no_camera: "The camera was not allowed, or there is none.",
    no_style: "{name} is no style of this painter.",
    failed: "Painting failed. Choose a style to try again.",
  },
  zh: {
    title: "在您自己的设备上绘制照片。",
    promise: "照片不会上传：画师就在这个浏览器里，用您的图形处理器作画。放入一张照片，或打开相机。",
    choose: "选择照片",
    drop: "把照片拖到这里，或选择一张",
    camera: "相机",
    strength: "强度",
    brush: "笔触",
    download: "下载 PNG",
    own: "打开风格文件",
    divider: "照片或画作",
    turn: "切换相机",
    snap: "拍下这张",
    record: "录制",
    record_stop: "停止录制",
    stop: "关闭相机",
    copy: "复制以便报告",
    loading: "正在载入画师：{size} MB，仅此一次。",
    painting: "正在绘制",
    painting_large: "正在以原尺寸绘制",
    painted: "在此设备上用时 {seconds} 秒",
    rate: "每秒 {rate} 幅",
    no_device: "此浏览器无法使用图形处理器（WebGPU），因此不能在这里作画。Chrome 和 Edge、Safari 26 起、Windows 上的 Firefox 141 起可以。",
    wrong_device: "此设备的图形处理器计算结果有误，因此不在这里作画。",
    no_model: "画师载入失败（{why}）。请重新载入页面再试。",
    no_photo: "{name} 无法作为图片读取。可用 JPEG、PNG、WebP 和 AVIF。",
    no_camera: "相机未获许可，或没有相机。",
    no_style: "{name} 不是此画师的风格。",
    failed: "绘制失败。请选择一种风格再试。",
  },
};

const language = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? "en";

export function say(word, values = {}) {
  return WORDS[language][word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function fillWords() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-name]")) element.ariaLabel = say(element.dataset.name);
}
