"""A network that learns from texts nobody annotated, by what slower models say of them.

The teachers learn from annotated reports: two random fields (`app.training.train`) and a sentence
encoder fine-tuned here. The mean of their probabilities on texts without annotations is what
the network learns, beside the annotated reports (knowledge distillation: Hinton, Vinyals, Dean
2015). Needs the extra `distil`.
"""
