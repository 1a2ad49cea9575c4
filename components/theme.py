"""How the page looks: one accent, quiet labels, one scale of sizes; page.css has the rest.

Colours keep WCAG's AA contrast (4.5 to 1) in light and dark; tests/browser/test_accessibility.py
holds them to it.
"""

import gradio as gr

ACCENT = gr.themes.colors.amber
QUIET = "*neutral_600"
QUIET_IN_DARK = "*neutral_300"
STOP, STOP_HOVER = "#b91c1c", "#991b1b"
ERROR, ERROR_IN_DARK = "#b91c1c", "#fca5a5"

# Fonts of the visitor's own machine: the page asks no other host for anything.
THEME = gr.themes.Soft(
    primary_hue=ACCENT,
    secondary_hue=ACCENT,
    neutral_hue=gr.themes.colors.slate,
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
).set(
    body_text_color_subdued=QUIET,
    body_text_color_subdued_dark=QUIET_IN_DARK,
    block_border_width="1px",
    block_border_color="*neutral_200",
    block_border_color_dark="*neutral_700",
    block_shadow="none",
    block_shadow_dark="none",
    block_info_text_color=QUIET,
    block_info_text_color_dark=QUIET_IN_DARK,
    block_title_background_fill="transparent",
    block_title_background_fill_dark="transparent",
    block_title_text_color=QUIET,
    block_title_text_color_dark=QUIET_IN_DARK,
    block_title_text_weight="500",
    block_title_padding="0",
    block_label_background_fill="*block_background_fill",
    block_label_background_fill_dark="*block_background_fill",
    block_label_border_width="0",
    block_label_border_width_dark="0",
    block_label_shadow="none",
    block_label_text_color=QUIET,
    block_label_text_color_dark=QUIET_IN_DARK,
    block_label_text_weight="500",
    button_primary_background_fill="*primary_400",
    button_primary_background_fill_hover="*primary_300",
    button_primary_background_fill_dark="*primary_400",
    button_primary_background_fill_hover_dark="*primary_300",
    button_primary_text_color="*neutral_950",
    button_primary_text_color_dark="*neutral_950",
    button_primary_shadow="none",
    button_cancel_background_fill=STOP,
    button_cancel_background_fill_hover=STOP_HOVER,
    button_cancel_background_fill_dark=STOP,
    button_cancel_background_fill_hover_dark=STOP_HOVER,
    button_cancel_text_color="white",
    button_cancel_text_color_dark="white",
    button_secondary_shadow="none",
    # A button that is disabled has the colour of one that is pointed at: no accent.
    button_secondary_background_fill_hover_dark="*neutral_700",
    button_secondary_text_color="*neutral_700",
    button_secondary_text_color_dark="*neutral_100",
    checkbox_border_color="*neutral_500",
    checkbox_border_color_dark="*neutral_400",
    checkbox_label_background_fill_selected="*primary_100",
    checkbox_label_background_fill_selected_dark="*primary_900",
    checkbox_label_text_color_selected="*neutral_900",
    checkbox_label_text_color_selected_dark="*neutral_50",
    color_accent="*primary_700",
    error_text_color=ERROR,
    error_text_color_dark=ERROR_IN_DARK,
    input_border_width="1px",
    input_border_color="*neutral_300",
    input_border_color_dark="*neutral_600",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
    input_shadow="none",
    input_shadow_dark="none",
    link_text_color="*primary_700",
    link_text_color_dark="*primary_300",
)
