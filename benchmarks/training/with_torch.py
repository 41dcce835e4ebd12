"""A training by PyTorch on the CPU: the same network, fused Adam, float32, rows gathered from one tensor in memory."""

import time
from itertools import pairwise

import torch
from data import matrices
from protocol import Answer, Question, ask


def train(question: Question) -> Answer:
    """Train epoch by epoch, the clock stopped while test rows are judged."""
    split = matrices(question.data, question.folder)
    torch.manual_seed(question.seed)
    x, y = torch.tensor(split.x), torch.tensor(split.y)
    test_x, test_y = torch.tensor(split.test_x), torch.tensor(split.test_y)
    widths = [x.shape[1], *question.hidden]
    layers: list[torch.nn.Module] = []
    for before, after in pairwise(widths):
        layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], int(y.max()) + 1))
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    loss, size = torch.nn.CrossEntropyLoss(), question.batch or 128
    seconds, curve = 0.0, []
    for _ in range(question.epochs):
        begun = time.perf_counter()
        for index in torch.randperm(len(y)).split(size):
            optimizer.zero_grad(set_to_none=True)
            loss(net(x[index]), y[index]).backward()
            optimizer.step()
        seconds += time.perf_counter() - begun
        with torch.no_grad():
            curve.append((seconds, float((net(test_x).argmax(1) != test_y).float().mean())))
    return Answer(question.epochs * len(y) / seconds, seconds, curve[-1][1], curve)


if __name__ == "__main__":
    train(ask()).print()
