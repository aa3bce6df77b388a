# SPDX-License-Identifier: Apache-2.0
"""What the scenarios are played with: origins that misbehave as told, the proxy as a real process, a client that sees every byte."""
