"""Who writes and who answers. Names only: nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.demo.scripts import Language

CUSTOMERS: dict[Language, tuple[str, ...]] = {
    "ru": (
        "Мария Соколова",
        "Иван Кузнецов",
        "Ольга Попова",
        "Дмитрий Волков",
        "Екатерина Морозова",
        "Сергей Новиков",
        "Наталья Фёдорова",
        "Алексей Орлов",
        "Татьяна Егорова",
        "Павел Никитин",
        "Юлия Захарова",
        "Андрей Белов",
        "Ирина Комарова",
        "Михаил Киселёв",
        "Светлана Ильина",
        "Григорий Тарасов",
        "Лилия Гусева",
        "Артём Сорокин",
        "Вера Панова",
        "Кирилл Ефимов",
        "Зоя Мельникова",
        "Фёдор Чернов",
        "Алина Рябова",
        "Тимур Ахметов",
    ),
    "en": (
        "Emma Clark",
        "Oliver Hughes",
        "Sophie Turner",
        "Jack Bennett",
        "Grace Murphy",
        "Liam O'Brien",
        "Chloe Evans",
        "Noah Fisher",
        "Isla Campbell",
        "Ethan Wright",
        "Ruby Sanders",
        "Lucas Meyer",
    ),
}
# The Russian ones stand in the case that follows «на».
STREETS: dict[Language, tuple[str, ...]] = {
    "ru": ("Садовой", "Лесной", "Пушкина", "Мира", "Набережной", "Цветочной"),
    "en": ("Baker Street", "Mill Lane", "High Street", "Orchard Road"),
}


@dataclass(frozen=True, slots=True)
class Agent:
    """`pace` = how long he takes for everything, 1 is usual."""

    id: str
    name: str
    group: str
    capacity: int
    pace: float


AGENTS = (
    Agent("anna", "Анна Лебедева", "support", 3, 0.9),
    Agent("boris", "Борис Громов", "support", 3, 1.2),
    Agent("vera", "Вера Сизова", "support", 2, 1.0),
    Agent("gleb", "Глеб Марков", "support", 4, 1.4),
    Agent("kate", "Kate Wilson", "english", 3, 0.9),
    Agent("peter", "Peter Novak", "english", 2, 1.1),
)
