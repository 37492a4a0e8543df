"""The presets' titles and artists in Chinese. A style that is not here keeps the title of its file."""

CHINESE: dict[str, tuple[str, str]] = {
    "composition_no_vii": ("构成第七号", "皮特·蒙德里安"),
    "composition_vii": ("构成第七号", "瓦西里·康定斯基"),
    "composition_viii": ("构成第八号", "瓦西里·康定斯基"),
    "don_quixote": ("堂吉诃德", "古斯塔夫·多雷"),
    "fuchun_mountains": ("富春山居图", "黄公望"),
    "grande_jatte": ("大碗岛的星期天下午", "乔治·修拉"),
    "great_wave": ("神奈川冲浪里", "葛饰北斋"),
    "la_calanque": ("小海湾", "保罗·西涅克"),
    "portrait_of_picasso": ("毕加索肖像", "胡安·格里斯"),
    "roman_mosaic": ("鸭子马赛克", "佚名罗马艺术家"),
    "starry_night": ("星夜", "文森特·梵高"),
    "the_kiss": ("吻", "古斯塔夫·克里姆特"),
    "the_scream": ("呐喊", "爱德华·蒙克"),
    "udnie": ("乌德尼", "弗朗西斯·毕卡比亚"),
    "water_lilies": ("睡莲", "克劳德·莫奈"),
    "woman_with_a_hat": ("戴帽子的女人", "亨利·马蒂斯"),
}
