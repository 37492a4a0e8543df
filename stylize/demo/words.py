"""Every word on the page, in English and Simplified Chinese.

Gradio's own components take `say("key")`, custom pieces of HTML carry `data-word="key"` and are filled in by
static/page.js, and what a handler says goes through `told`. All three follow the browser's language.
"""

from __future__ import annotations

import html
import json
import string
from collections.abc import Iterable
from typing import Any

import gradio as gr

from stylize.demo import titles
from stylize.errors import NetworkError, PictureError, StyleError, StylizeError
from stylize.styles import Style

ENGLISH = {
    "headline": "Your photo, by the hands of sixteen painters.",
    "headline_any": "Your photo, by many painters’ hands.",
    "lead": "Drop a photo. It is painted in every style at once; choose one, tune it, take it home at full size.",
    "tab_studio": "Studio",
    "tab_compare": "Compare",
    "tab_live": "Live",
    "tab_about": "Numbers & API",
    "photo": "Your photo",
    "drop": "Drop a photo here\nor tap to choose one",
    "examples": "Or start with one of these",
    "astronaut": "Astronaut",
    "chelsea": "Cat",
    "coffee": "Coffee",
    "before_after": "Photo and painting",
    "view": "View",
    "view_split": "Slider",
    "view_photo": "Photo",
    "view_painting": "Painting",
    "view_mask": "Mask",
    "mask_info": "Brush over what should stay a photo.",
    "mask_info_inverted": "Brush over what should be painted.",
    "mask_size": "Brush",
    "mask_invert": "Invert",
    "mask_clear": "Clear",
    "strength": "Strength",
    "strength_info": "0 is the photo, 1 the painter",
    "brush": "Brush",
    "brush_info": "Larger is bolder",
    "keep": "Keep the colours of the photo",
    "png": "Download PNG",
    "jpeg": "JPEG",
    "blend": "Mix in other painters",
    "blend_info": "The style on the easel keeps what the others leave.",
    "nobody": "Nobody",
    "second": "Second painter",
    "second_share": "Their share",
    "third": "Third painter",
    "third_share": "Their share",
    "copy": "Copy a link to this look",
    "copied": "Link copied",
    "wall": "The wall",
    "wall_example": "Finished examples. Choose one to see it on the easel.",
    "wall_waiting": "In line for a free brush",
    "wall_busy": "{done} of {total} painted",
    "wall_kept": "This photo could not be painted; the last wall still hangs.",
    "wall_done": "All {total} painted. Choose one to see it on the easel.",
    "pin": "Pin to compare",
    "unpin": "Unpin",
    "pinned": "{count} pinned",
    "compare_pins": "Compare",
    "compare_more": "Pin one more to compare",
    "compare_head": "Side by side",
    "compare_none": "Pin two to four paintings on the wall, and they hang here side by side.",
    "compare_slider": "Two under one slider",
    "zoom_whole": "Whole picture",
    "left": "Left",
    "right": "Right",
    "sheet": "Download as one sheet",
    "wall_sheet": "Download the whole wall",
    "live_head": "Live",
    "live_info": "Your camera, painted as you move. Frames are painted and forgotten.",
    "live_style": "Style",
    "live_start": "Start the camera",
    "live_stop": "Stop",
    "live_denied": "The camera cannot be used. Allow it in the browser, or try another device.",
    "live_rate": "{rate} pictures a second, {ms} ms of painting each",
    "numbers": "Numbers",
    "fact_device": "Paints on",
    "fact_styles": "Styles",
    "fact_limit": "Largest photo, megapixels",
    "fact_runtime": "Runs with",
    "privacy": "Photos and paintings are deleted from this server within the hour, and are never sent anywhere else.",
    "api": "The same, from a program",
    "api_info": "Three calls: one painting, every style, the list of styles. Python needs: pip install gradio_client",
    "painted": "Painted in {seconds} s on {device} · {width} × {height}",
    "preview": "A preview; painting at full size",
    "photo_alt": "The photo as it was",
    "painting_alt": "The photo painted as {title}",
    "failed": "Something went wrong on our side. Your photo and settings are still here; please try again.",
}

CHINESE = {
    "headline": "你的照片，十六位画家的手笔。",
    "headline_any": "你的照片，众多画家的手笔。",
    "lead": "放入一张照片，即刻以所有风格作画；选一幅，细细调整，以原尺寸带走。",
    "tab_studio": "画室",
    "tab_compare": "对比",
    "tab_live": "实时",
    "tab_about": "数据与接口",
    "photo": "你的照片",
    "drop": "把照片拖到这里\n或点按选择",
    "examples": "或者从这些开始",
    "astronaut": "宇航员",
    "chelsea": "猫",
    "coffee": "咖啡",
    "before_after": "照片与画作",
    "view": "查看",
    "view_split": "滑块",
    "view_photo": "照片",
    "view_painting": "画作",
    "view_mask": "蒙版",
    "mask_info": "涂抹要保留为照片的部分。",
    "mask_info_inverted": "涂抹要绘制的部分。",
    "mask_size": "笔刷",
    "mask_invert": "反转",
    "mask_clear": "清除",
    "strength": "强度",
    "strength_info": "0 为照片，1 为画作",
    "brush": "笔触",
    "brush_info": "越大越粗犷",
    "keep": "保留照片的颜色",
    "png": "下载 PNG",
    "jpeg": "JPEG",
    "blend": "混合其他画家",
    "blend_info": "画架上的风格占其余的份额。",
    "nobody": "无",
    "second": "第二位画家",
    "second_share": "所占份额",
    "third": "第三位画家",
    "third_share": "所占份额",
    "copy": "复制此效果的链接",
    "copied": "链接已复制",
    "wall": "画墙",
    "wall_example": "这些是完成的示例。选一幅放上画架。",
    "wall_waiting": "正在排队",
    "wall_busy": "已完成 {done} / {total}",
    "wall_kept": "这张照片无法绘制；仍显示上一面画墙。",
    "wall_done": "{total} 幅全部完成。选一幅放上画架。",
    "pin": "钉住以对比",
    "unpin": "取消钉住",
    "pinned": "已钉住 {count} 幅",
    "compare_pins": "对比",
    "compare_more": "再钉一幅即可对比",
    "compare_head": "并排对比",
    "compare_none": "在画墙上钉住两到四幅画，它们就会并排挂在这里。",
    "compare_slider": "滑块对比两幅",
    "zoom_whole": "完整画面",
    "left": "左",
    "right": "右",
    "sheet": "下载合成图",
    "wall_sheet": "下载整面画墙",
    "live_head": "实时",
    "live_info": "摄像头画面，随动随画。画面绘制后即被丢弃。",
    "live_style": "风格",
    "live_start": "打开摄像头",
    "live_stop": "停止",
    "live_denied": "无法使用摄像头。请在浏览器中允许，或换一台设备。",
    "live_rate": "每秒 {rate} 幅，每幅绘制 {ms} 毫秒",
    "numbers": "数据",
    "fact_device": "运行设备",
    "fact_styles": "风格数",
    "fact_limit": "照片上限（百万像素）",
    "fact_runtime": "运行环境",
    "privacy": "照片和画作会在一小时内从服务器删除，绝不会发送到别处。",
    "api": "用程序调用",
    "api_info": "三个接口：绘制一幅、绘制所有风格、列出风格。Python 需要：pip install gradio_client",
    "painted": "用时 {seconds} 秒（{device}）· {width} × {height}",
    "preview": "预览；正在绘制完整尺寸",
    "photo_alt": "原来的照片",
    "painting_alt": "以《{title}》的风格绘制的照片",
    "failed": "我们这边出了点问题。你的照片和设置都还在，请再试一次。",
    "error_picture": "无法读取这张图片。请使用完好的 JPEG、PNG、WebP、GIF、BMP、TIFF、HEIC 或 AVIF 文件。",
    "error_style": "找不到这种风格，或风格文件有误。请另选一种。",
    "error_network": "绘画网络暂时无法使用，请稍后再试。",
}

TRANSLATIONS = gr.I18n(en=ENGLISH, zh=CHINESE, **{"zh-CN": CHINESE, "zh-TW": CHINESE})


def say(key: str) -> Any:
    """A text of one of Gradio's components, which the browser replaces by the visitor's language."""
    return TRANSLATIONS(key)


def title(style: Style, chinese: bool) -> str:
    """A painting's title in a language."""
    return titles.CHINESE[style.id][0] if chinese and style.id in titles.CHINESE else style.title


def author(style: Style, chinese: bool) -> str:
    """Artist and year of a painting in a language."""
    artist = titles.CHINESE[style.id][1] if chinese and style.id in titles.CHINESE else style.artist
    return ", ".join(text for text in (artist, style.year) if text)


def add_titles(styles: Iterable[Style]) -> None:
    """Let the keys `title_<id>` and `author_<id>` speak of these styles."""
    for style in styles:
        ENGLISH[f"author_{style.id}"] = author(style, chinese=False)
        CHINESE[f"author_{style.id}"] = author(style, chinese=True)
        ENGLISH[f"title_{style.id}"] = style.title
        CHINESE[f"title_{style.id}"] = title(style, chinese=True)


def is_chinese(request: gr.Request | None) -> bool:
    """Whether this visitor's browser asks for Chinese first."""
    accepted = request.headers.get("accept-language", "") if request is not None else ""
    return str(accepted).strip().lower().startswith("zh")


def told(key: str, request: gr.Request | None, **values: object) -> str:
    """A sentence in the visitor's language, for what a handler has to say."""
    words = CHINESE if is_chinese(request) else ENGLISH
    return words.get(key, ENGLISH[key]).format(**values)


def told_error(error: StylizeError, request: gr.Request | None) -> str:
    """An error in the visitor's language: our own sentence in English, the nearest one in Chinese."""
    if is_chinese(request):
        for kind, key in ((PictureError, "picture"), (StyleError, "style"), (NetworkError, "network")):
            if isinstance(error, kind):
                return CHINESE[f"error_{key}"]
    return str(error)


def fields(text: str) -> set[str]:
    """The names in braces in a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def word(key: str, tag: str = "span", **attributes: str) -> str:
    """HTML of one element whose text follows the browser's language."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    return f'<{tag} data-word="{key}"{given}>{html.escape(ENGLISH[key])}</{tag}>'


def as_script() -> str:
    """The dictionaries for static/page.js."""
    tables = json.dumps({"en": ENGLISH, "zh": CHINESE}, ensure_ascii=False).replace("</", "<\\/")
    return f"window.stylizeWords = {tables};"
