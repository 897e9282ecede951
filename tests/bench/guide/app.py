"""The app of Gradio's guide on background tasks, written anew from its description, without the Hub: what Hearback is held against."""

import sqlite3
import sys

import gradio as gr

DATABASE = sys.argv[1]
LATEST = "SELECT id, created_at, name, review, comments FROM reviews ORDER BY id DESC LIMIT 10"


def latest():
    """The latest ten reviews and how many there are."""
    with sqlite3.connect(DATABASE) as db:
        cursor = db.execute(LATEST)
        rows = [list(row) for row in cursor]
        total = db.execute("SELECT count(*) FROM reviews").fetchone()[0]
    db.close()
    headers = ["id", "created_at", "name", "review", "comments"]
    return {"headers": headers, "data": rows}, total


def add(name, review, comments):
    """Stores a review."""
    with sqlite3.connect(DATABASE) as db:
        db.execute("INSERT INTO reviews (name, review, comments) VALUES (?, ?, ?)", (name, review, comments))
    db.close()
    return latest()


with sqlite3.connect(DATABASE) as db:
    db.execute(
        "CREATE TABLE IF NOT EXISTS reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, name TEXT, review INTEGER, comments TEXT)"
    )
db.close()

with gr.Blocks() as demo:
    with gr.Row():
        with gr.Column():
            name = gr.Textbox(label="Name", placeholder="What is your name?")
            review = gr.Radio(label="How satisfied are you with using gradio?", choices=[1, 2, 3, 4, 5])
            comments = gr.Textbox(label="Comments", lines=10, placeholder="Do you have any feedback on gradio?")
            submit = gr.Button(value="Submit Feedback")
        with gr.Column():
            data = gr.Dataframe(label="Most recently created 10 rows")
            count = gr.Number(label="Total number of reviews")
    submit.click(add, [name, review, comments], [data, count], api_name="add")
    demo.load(latest, None, [data, count])

demo.launch(server_name="127.0.0.1", server_port=int(sys.argv[2]), quiet=True)
