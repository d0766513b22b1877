from adapters.channels.outcomes import *
def send(access, chat, message): return failed("refused")
def classify(status, body): return failed("refused")
